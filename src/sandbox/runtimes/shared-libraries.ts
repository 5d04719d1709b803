import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Workspace } from '../workspace.ts';

/** glibc loads it with dlopen when a thread is cancelled, so `ldd` does not list it. */
const LIBGCC = 'libgcc_s.so.1';

/** Files for one call of `ldd`: all of them together could be too long for a command line. */
const BATCH = 500;

/** Adds the shared libraries of these binaries to the workspace, at the paths where the dynamic linker looks. */
export async function addSharedLibraries(workspace: Workspace, binaries: readonly string[]): Promise<void> {
  const found = new Set<string>();
  for (let start = 0; start < binaries.length; start += BATCH) {
    const output = await ldd(binaries.slice(start, start + BATCH));
    for (const [, file = ''] of output.matchAll(/(\/\S.*) \(0x/g)) found.add(normalize(file));
  }
  for (const folder of new Set([...found].map((file) => dirname(file)))) {
    const file = join(folder, LIBGCC);
    if (existsSync(file)) found.add(file);
  }
  const isMounted = (file: string) => workspace.mounts.some(({ source }) => file.startsWith(`${source}/`));
  for (const file of found) if (!isMounted(file)) await workspace.addFile(file, file);
}

/** Returns the output of `ldd`. Its exit code only says that a file is for another system, or is not dynamic. */
function ldd(files: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ldd', files, { maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve(stdout);
    });
  });
}
