import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Workspace } from '../workspace.ts';
import { addLibraries } from './libraries.ts';
import type { Runtime } from './runtime.ts';

/** Where an administrator's own Python is, then the distribution's. */
const CANDIDATES = ['/usr/local/bin/python3', '/usr/bin/python3'];

/** Python alone, without what is installed for this user or this machine. */
const ALONE = ['-I', '-S'];

const QUESTION = `
import json, os, sys, sysconfig
folders = sorted({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
extensions = [os.path.join(folder, "lib-dynload", name)
    for folder in folders if os.path.isdir(os.path.join(folder, "lib-dynload"))
    for name in os.listdir(os.path.join(folder, "lib-dynload")) if name.endswith(".so")]
print(json.dumps(dict(file=os.path.realpath(sys.executable), version=sys.version.split()[0],
    recent=sys.version_info >= (3, 9), folders=folders, extensions=extensions)))
`;

const answer = z.object({
  file: z.string(),
  version: z.string(),
  recent: z.literal(true),
  folders: z.array(z.string()),
  extensions: z.array(z.string()),
});

/** A CPython of the host. */
export type CPython = z.output<typeof answer>;

/** The host's CPython, 3.9 or newer, or null. */
export async function findCPython(): Promise<CPython | null> {
  for (const file of CANDIDATES.filter((candidate) => existsSync(candidate))) {
    try {
      const { stdout } = await promisify(execFile)(file, [...ALONE, '-c', QUESTION], { timeout: 10_000 });
      return answer.parse(JSON.parse(stdout));
    } catch {
      // Broken or too old: the next one may do.
    }
  }
  return null;
}

/** Python in the host's own CPython with its standard library. Needs an enclosure: alone it is no protection. */
export async function cpythonRuntime(workspace: Workspace, cpython: CPython): Promise<Runtime> {
  const file = await workspace.addBinary(cpython.file, cpython.file);
  for (const folder of cpython.folders) await workspace.mount(folder);
  await addLibraries(workspace, [cpython.file, ...cpython.extensions]);
  await compileGuest(workspace, cpython);
  return {
    name: 'CPython',
    version: cpython.version,
    languages: ['python'],
    command: {
      file,
      args: [...ALONE, '-u', '-X', 'utf8', '-c', START],
      cwd: workspace.start,
      // One arena, because each reserves address space that counts.
      env: { HOME: '/tmp', LANG: 'C.UTF-8', MALLOC_ARENA_MAX: '1', PATH: '/bin' },
      rlimits: [`--stack=${THREAD_STACK}:${MAIN_STACK}`],
    },
    waitingBytes: 10 * 2 ** 20,
  };
}

const START = 'import sys; sys.path.insert(0, "/guest"); import cpython; cpython.main()';

const THREAD_STACK = 2 ** 20;
/** The guest raises the main thread's stack to this, for deep recursion. */
const MAIN_STACK = 64 * 2 ** 20;

/** A guest that is compiled already starts some milliseconds sooner. */
async function compileGuest(workspace: Workspace, { file }: CPython): Promise<void> {
  const guests = ['program.py', 'cpython.py'].map((name) => join(workspace.root, 'guest', name));
  const code = 'import py_compile, sys\nfor file in sys.argv[1:]: py_compile.compile(file, doraise=True)';
  await promisify(execFile)(file, [...ALONE, '-c', code, ...guests]);
}
