import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Workspace } from '../workspace.ts';

/** Loaded by name when a thread ends by force, so that no binary names it. */
const LOADED_LATER = 'libgcc_s.so.1';

/** Puts the shared libraries that binaries load where they look for them. */
export async function addLibraries(workspace: Workspace, binaries: readonly string[]): Promise<void> {
  const { stdout } = await promisify(execFile)('ldd', binaries, { maxBuffer: 2 ** 24 });
  const found = new Set([...stdout.matchAll(/(\/\S+\.so\S*) \(0x/g)].flatMap(([, file]) => file ?? []));
  for (const folder of new Set([...found].map((file) => dirname(file)))) {
    const file = join(folder, LOADED_LATER);
    if (existsSync(file)) found.add(file);
  }
  for (const file of found) await workspace.add(file, file);
}
