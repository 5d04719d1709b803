import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createWorkspace, type Workspace } from '../workspace.ts';
import { addDeno, denoCommand, findDeno, packageVersion } from './deno.ts';

const MANIFEST = createRequire(import.meta.url).resolve('pyodide/package.json');
const FILES = [
  'pyodide.mjs',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'pyodide-lock.json',
  'python_stdlib.zip',
];

export const PYODIDE_VERSION = packageVersion(MANIFEST);

/**
 * The memory of a CPython that has just loaded: loading it takes a fifth of loading CPython. Part of the build,
 * so that no process that later meets a program may write anything.
 */
export const SNAPSHOT = fileURLToPath(
  new URL(`../../../dist/python-${PYODIDE_VERSION}-${findDeno().version}.snapshot`, import.meta.url),
);

/** Puts Pyodide where guests read it; answers the folder as they see it. */
export async function addPyodide(workspace: Workspace): Promise<string> {
  await Promise.all(FILES.map((file) => workspace.add(join(dirname(MANIFEST), file), join('pyodide', file))));
  return workspace.seen('pyodide');
}

async function makeSnapshot(): Promise<void> {
  const workspace = await createWorkspace(tmpdir(), { ownRoot: false });
  try {
    const pyodide = await addPyodide(workspace);
    const made = join(workspace.root, 'snapshot');
    const { file, args, cwd, env } = denoCommand(workspace, {
      deno: await addDeno(workspace, findDeno()),
      script: 'snapshot.js',
      flags: [`--allow-read=${pyodide}`, `--allow-write=${made}`],
      args: [pyodide, made],
    });
    await promisify(execFile)(file, args, { cwd, env });
    await mkdir(dirname(SNAPSHOT), { recursive: true });
    // Renamed when it is whole: a build may run while a server starts.
    await cp(made, `${SNAPSHOT}.${process.pid}`);
    await rename(`${SNAPSHOT}.${process.pid}`, SNAPSHOT);
  } finally {
    await workspace.remove();
  }
}

/** The last step of `npm run build`. */
if (process.argv[1] === import.meta.filename && !existsSync(SNAPSHOT)) await makeSnapshot();
