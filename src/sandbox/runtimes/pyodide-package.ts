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

/** The version of the installed npm package `pyodide`. */
export const PYODIDE_VERSION = packageVersion(MANIFEST);

/**
 * The memory of a Pyodide that has loaded. Restoring it takes a fifth of the time of loading Pyodide. The build creates
 * it, so that processes that run programs need no write permission.
 */
export const SNAPSHOT = fileURLToPath(
  new URL(`../../../dist/python-${PYODIDE_VERSION}-${findDeno().version}.snapshot`, import.meta.url),
);

/** Adds Pyodide to the workspace. Returns its folder as a path that guests see. */
export async function addPyodide(workspace: Workspace): Promise<string> {
  await Promise.all(
    FILES.map((file) => workspace.addFile(join(dirname(MANIFEST), file), join('pyodide', file))),
  );
  return workspace.guestPath('pyodide');
}

async function createSnapshot(): Promise<void> {
  const workspace = await createWorkspace(tmpdir(), { separateRoot: false });
  try {
    const pyodide = await addPyodide(workspace);
    const created = join(workspace.root, 'snapshot');
    const { file, args, cwd, env } = denoCommand(workspace, {
      deno: await addDeno(workspace, findDeno()),
      script: 'snapshot.js',
      flags: [`--allow-read=${pyodide}`, `--allow-write=${created}`],
      args: [pyodide, created],
    });
    await promisify(execFile)(file, args, { cwd, env });
    await mkdir(dirname(SNAPSHOT), { recursive: true });
    // Renaming is atomic: a server that starts during a build never reads half a file.
    await cp(created, `${SNAPSHOT}.${process.pid}`);
    await rename(`${SNAPSHOT}.${process.pid}`, SNAPSHOT);
  } finally {
    await workspace.remove();
  }
}

// `npm run build` runs this file as its last step.
if (process.argv[1] === import.meta.filename && !existsSync(SNAPSHOT)) await createSnapshot();
