import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { findCPython } from '../../src/sandbox/runtimes/cpython.ts';
import { findDeno } from '../../src/sandbox/runtimes/deno.ts';
import type { SandboxKind } from '../../src/sandbox/sandbox.ts';
import { OUTPUT, type Program } from './programs.ts';

const run = promisify(execFile);

/** A way to run a program without any sandbox. */
export interface Bare {
  name: string;
  run(): Promise<void>;
}

/** The bare interpreters that this machine has for a program: that of the sandbox `embedded`, then `bubblewrap`'s. */
export async function bareInterpreters(folder: string, program: Program): Promise<Bare[]> {
  const file = join(folder, program.file);
  await writeFile(file, program.code);
  if (program.language !== 'python')
    return [await bareDeno('deno run', folder, file), await bareNode(folder)];
  const pyodide = await barePyodide(folder, program.code);
  const cpython = await findCPython();
  if (cpython === null) return [pyodide];
  return [pyodide, { name: 'python3 -c', run: () => expect(cpython.file, ['-c', program.code]) }];
}

/** The interpreter that this kind of sandbox runs itself; Python also without `site`, as in the box. */
export async function ownInterpreters(folder: string, kind: SandboxKind, program: Program): Promise<Bare[]> {
  if (kind === 'bubblewrap' && program.language !== 'python') return [await bareNode(folder)];
  const cpython = program.language === 'python' ? await findCPython() : null;
  if (!cpython) return (await bareInterpreters(folder, program)).slice(0, 1);
  return [
    { name: 'python3', run: () => expect(cpython.file, ['-c', program.code]) },
    { name: 'python3 -I -S', run: () => expect(cpython.file, ['-I', '-S', '-c', program.code]) },
  ];
}

/** The server's own Node, with the program in JavaScript. */
async function bareNode(folder: string): Promise<Bare> {
  const file = join(folder, 'bare.cjs');
  await writeFile(file, `console.log(${OUTPUT});\n`);
  return { name: 'node', run: () => expect(process.execPath, [file]) };
}

/** The sandbox's own binary, with a cache of its own that makes it no slower from run to run. */
async function bareDeno(name: string, folder: string, file: string, flags: string[] = []): Promise<Bare> {
  const cache = join(folder, 'deno');
  await mkdir(cache, { recursive: true });
  const env = { NO_COLOR: '1', DENO_DIR: cache, DENO_NO_UPDATE_CHECK: '1' };
  const args = ['run', '--quiet', '--no-prompt', ...flags, file];
  return { name, run: () => expect(findDeno().file, args, env) };
}

/** The embedded sandbox's Python, loaded as its documentation says: from the start, for every program. */
function barePyodide(folder: string, code: string): Promise<Bare> {
  const package_ = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
  const script = join(folder, 'pyodide.js');
  const source = `import { loadPyodide } from ${JSON.stringify(pathToFileURL(join(package_, 'pyodide.mjs')))};
const python = await loadPyodide({ indexURL: ${JSON.stringify(package_)} });
python.runPython(${JSON.stringify(code)});
`;
  return writeFile(script, source).then(() =>
    bareDeno('Pyodide in deno run', folder, script, [`--allow-read=${package_}`]),
  );
}

async function expect(file: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { stdout, stderr } = await run(file, args, { env });
  if (stdout.trim() !== OUTPUT) throw new Error(`${file} printed ${stdout}${stderr}`);
}
