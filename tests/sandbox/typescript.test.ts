// Programs in TypeScript end in the box as when tsc compiles them and Node runs the result.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { execute } from './support/execute.ts';
import { availableKinds, openKind } from './support/kinds.ts';
import { comparable, type Ending } from './support/machine.ts';

const FOLDER = new URL('trials/typescript/', import.meta.url);
const { resolve } = createRequire(import.meta.url);
const TSC = join(dirname(resolve('typescript/package.json')), 'bin/tsc');

/** Only a module may await at its top level. */
const MODULES = ['top-level-await.ts'];
const LEGACY_DECORATORS = ['legacy-decorators.ts'];

/** Compiles a program with tsc, whatever its types, and runs the result with the machine's Node. */
function compileAndRun(name: string, code: string): Ending {
  const folder = mkdtempSync(join(tmpdir(), 'ci-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const isModule = MODULES.includes(name);
  writeFileSync(join(folder, 'main.ts'), code);
  if (isModule) writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const options = [
    '--noCheck',
    '--sourceMap',
    '--target',
    'es2022',
    '--module',
    isModule ? 'esnext' : 'commonjs',
  ];
  const types = ['--types', 'node', '--typeRoots', dirname(dirname(resolve('@types/node/package.json')))];
  if (LEGACY_DECORATORS.includes(name)) options.push('--experimentalDecorators');
  execFileSync(process.execPath, [TSC, ...options, ...types, 'main.ts'], { cwd: folder });
  const run = spawnSync(process.execPath, ['--enable-source-maps', 'main.js'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return comparable({ ...run, exitCode: run.status }, folder);
}

const kinds = await availableKinds();

describe.runIf(kinds.includes('bubblewrap'))('TypeScript in the box', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openKind('bubblewrap');
    return () => sandbox.close();
  });

  test.each(readdirSync(FOLDER))('%s', async (name) => {
    const code = readFileSync(new URL(name, FOLDER), 'utf8');
    const ended = await execute(sandbox, { language: 'typescript', code });
    expect(comparable(ended)).toEqual(compileAndRun(name, code));
  });

  test.each([
    ['const a = 1;\nconst a: number = 2;', 'main.ts:2\nconst a: number = 2;\n      ^\n'],
    ['type A = 1;\n\nlet b: A = 1;\nfunction b() {}', 'main.ts:4\nfunction b() {}\n^\n'],
  ])('%j names the line where a name is declared again', async (code, position) => {
    const ended = comparable(await execute(sandbox, { language: 'typescript', code }));
    expect(ended.stderr).toContain(`${position}\nSyntaxError: Identifier '`);
    expect(ended.stderr).not.toContain('main.js');
  });
});
