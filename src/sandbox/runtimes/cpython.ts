import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Workspace } from '../workspace.ts';
import { mountPackages, pythonPackages } from './packages.ts';
import type { Runtime } from './runtime.ts';
import { addSharedLibraries } from './shared-libraries.ts';

/** One that the administrator installed, then that of the distribution. */
const CANDIDATES = ['/usr/local/bin/python3', '/usr/bin/python3'];

/** The folder that the module `zoneinfo` reads. */
const TIME_ZONES = ['/usr/share/zoneinfo'].filter((folder) => existsSync(folder));

/** The folder of the locale that is the default inside. Its name differs among distributions. */
const LOCALES = ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.UTF-8'].filter((folder) => existsSync(folder));

/** Isolated mode without `site`: ignores packages that are installed for this user or this machine. */
const ISOLATED = ['-I', '-S'];

/** Prints as JSON where this Python keeps its standard library. */
const PROBE = `
import json, os, site, sys, sysconfig
folders = sorted({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
extensions = [os.path.join(folder, "lib-dynload", name)
    for folder in folders if os.path.isdir(os.path.join(folder, "lib-dynload"))
    for name in os.listdir(os.path.join(folder, "lib-dynload")) if name.endswith(".so")]
print(json.dumps(dict(file=os.path.realpath(sys.executable), version=sys.version.split()[0],
    recent=sys.version_info >= (3, 9), folders=folders, extensions=extensions,
    packages=site.getsitepackages()[0])))
`;

const probeResult = z.object({
  file: z.string(),
  version: z.string(),
  recent: z.literal(true),
  folders: z.array(z.string()),
  extensions: z.array(z.string()),
  packages: z.string(),
});

/**
 * A CPython of the host: its executable, its version, its library folders, its extension modules, and the folder where
 * it looks for packages.
 */
export type CPython = z.output<typeof probeResult>;

/** Returns the host's CPython if it is 3.9 or newer, else null. */
export async function findCPython(): Promise<CPython | null> {
  for (const file of CANDIDATES.filter((candidate) => existsSync(candidate))) {
    try {
      const { stdout } = await promisify(execFile)(file, [...ISOLATED, '-c', PROBE], { timeout: 10_000 });
      return probeResult.parse(JSON.parse(stdout));
    } catch {
      // Broken or too old: try the next candidate.
    }
  }
  return null;
}

/**
 * Creates the runtime of Python in the host's CPython, which protects nothing without the bubblewrap enclosure.
 * Programs may import the packages in the given `site-packages`.
 */
export async function cpythonRuntime(
  workspace: Workspace,
  cpython: CPython,
  packages?: string,
): Promise<Runtime> {
  const file = await workspace.addBinary(cpython.file, cpython.file);
  for (const folder of [...cpython.folders, ...TIME_ZONES, ...LOCALES]) await workspace.mountFolder(folder);
  await addSharedLibraries(workspace, [cpython.file, ...cpython.extensions]);
  if (packages !== undefined) await mountPackages(workspace, packages, cpython.packages);
  await compileGuest(workspace, cpython);
  return {
    name: 'CPython',
    version: cpython.version,
    languages: ['python'],
    packages: packages === undefined ? [] : await pythonPackages(packages),
    command: {
      file,
      args: [...ISOLATED, '-X', 'utf8', '-c', startScript(packages === undefined ? [] : [cpython.packages])],
      cwd: workspace.workingDirectory,
      env: {
        HOME: '/tmp',
        LANG: LOCALES.length > 0 ? 'C.UTF-8' : 'C',
        // Every malloc arena reserves address space, which RLIMIT_AS counts.
        MALLOC_ARENA_MAX: '1',
        // So does every thread of OpenBLAS, which numpy starts for each core.
        ...(packages !== undefined && { OMP_NUM_THREADS: '1' }),
        PATH: '/bin',
      },
      rlimits: [`--stack=${THREAD_STACK}:${MAIN_STACK}`],
    },
    waitingBytes: 10 * 2 ** 20,
  };
}

function startScript(packageFolders: readonly string[]): string {
  const folders = JSON.stringify(packageFolders);
  return `import sys; sys.path[:] = ["/guest", *sys.path, *${folders}]; import cpython; cpython.main()`;
}

/** The soft limit of the stack, in bytes. New threads get it. */
const THREAD_STACK = 2 ** 20;
/** The hard limit, in bytes. The guest raises the main thread's stack to it, for deep recursion. */
const MAIN_STACK = 64 * 2 ** 20;

/** Compiles the guest to bytecode, which saves some milliseconds at every start. */
async function compileGuest(workspace: Workspace, { file }: CPython): Promise<void> {
  const guests = ['program.py', 'cpython.py'].map((name) => join(workspace.root, 'guest', name));
  const code = 'import py_compile, sys\nfor file in sys.argv[1:]: py_compile.compile(file, doraise=True)';
  await promisify(execFile)(file, [...ISOLATED, '-c', code, ...guests]);
}
