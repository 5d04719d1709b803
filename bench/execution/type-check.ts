import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Plan } from '../plan.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import { execute, timed } from './measure.ts';

const PROGRAM = {
  language: 'typescript',
  code: 'const answer: number = 6 * 7;\nconsole.log(answer);\n',
} as const;

/** Measures a cold TypeScript program with and without a check of its types, next to a bare compiler. */
export async function benchTypeCheck(folder: string, sandbox: Sandbox, { runs }: Plan): Promise<void> {
  await writeFile(join(folder, 'checked.ts'), PROGRAM.code);
  const checked: number[] = [];
  const unchecked: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < 2 * runs; run += 1) {
    bare.push(await timed(() => bareCheck(folder, sandbox)));
    checked.push(await timed(() => execute(sandbox, PROGRAM, true)));
    unchecked.push(await timed(() => execute(sandbox, PROGRAM)));
  }
  const figures = [medianRatio(checked, bare), median(checked), median(unchecked), median(bare)];
  printTable(
    `The sandbox ${sandbox.kind}, a cold TypeScript program with typeCheck, next to a bare tsc --noEmit`,
    ['', 'ratio', 'with ms', 'without ms', 'tsc ms'],
    [['typescript', ...figures.map(short)]],
  );
}

/** Runs the compiler of this kind of sandbox: the native one or the one in JavaScript, in Node. */
async function bareCheck(folder: string, { kind }: Sandbox): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  const types = dirname(dirname(resolve('@types/node/package.json')));
  const options = [
    '--noEmit',
    '--skipLibCheck',
    '--target',
    'esnext',
    '--types',
    'node',
    '--typeRoots',
    types,
  ];
  const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  const native = createRequire(resolve('typescript/package.json')).resolve(platform);
  const [file, ...args] =
    kind === 'bubblewrap'
      ? [join(dirname(native), 'lib/tsc')]
      : [process.execPath, resolve('typescript-6/lib/tsc.js')];
  await promisify(execFile)(file, [...args, ...options, 'checked.ts'], { cwd: folder });
}
