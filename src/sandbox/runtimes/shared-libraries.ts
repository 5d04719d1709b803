import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Workspace } from '../workspace.ts';

/** glibc loads it with dlopen when a thread is cancelled, so `ldd` does not list it. */
const LIBGCC = 'libgcc_s.so.1';

/** Adds the shared libraries of these binaries to the workspace, at the paths where the dynamic linker looks. */
export async function addSharedLibraries(workspace: Workspace, binaries: readonly string[]): Promise<void> {
  const { stdout } = await promisify(execFile)('ldd', binaries, { maxBuffer: 2 ** 24 });
  const found = new Set([...stdout.matchAll(/(\/\S+\.so\S*) \(0x/g)].flatMap(([, file]) => file ?? []));
  for (const folder of new Set([...found].map((file) => dirname(file)))) {
    const file = join(folder, LIBGCC);
    if (existsSync(file)) found.add(file);
  }
  for (const file of found) await workspace.addFile(file, file);
}
