import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Workspace } from '../workspace.ts';
import type { Command } from './runtime.ts';

/** The Deno of the npm package `deno`. */
export interface Deno {
  file: string;
  version: string;
}

const manifest = z.object({ version: z.string() });

/** Returns the version in a package.json. Throws when the file has none. */
export function packageVersion(manifestFile: string): string {
  return manifest.parse(JSON.parse(readFileSync(manifestFile, 'utf8'))).version;
}

/** Finds the executable in the platform's npm package. The install script of `deno` need not have run. */
export function findDeno(): Deno {
  const file = createRequire(import.meta.url).resolve('deno/package.json');
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const platform = `@deno/${process.platform}-${process.arch}${libc}`;
  const binary = process.platform === 'win32' ? 'deno.exe' : 'deno';
  const folder = dirname(createRequire(file).resolve(`${platform}/package.json`));
  return { file: join(folder, binary), version: packageVersion(file) };
}

/** Adds the executable to the workspace. Returns the path that guests see. */
export function addDeno(workspace: Workspace, { file }: Deno): Promise<string> {
  return workspace.addBinary(file, join('bin', basename(file)));
}

/** V8 reserves gigabytes of address space, more for each worker. The resource monitor limits the used memory. */
const RLIMITS = [`--data=${3 * 2 ** 30}`];

/** Returns a command that runs a guest script in Deno. `flags` grant its permissions; without them it has none. */
export function denoCommand(
  workspace: Workspace,
  options: { deno: string; script: string; args?: readonly string[]; flags: readonly string[] },
): Command {
  return {
    file: options.deno,
    args: [
      'run',
      '--quiet',
      '--no-prompt',
      '--no-remote',
      '--no-npm',
      '--no-config',
      '--no-lock',
      '--cached-only',
      '--deny-import',
      ...options.flags,
      workspace.guestPath(join('guest', options.script)),
      ...(options.args ?? []),
    ],
    cwd: workspace.workingDirectory,
    env: {
      // No folder can exist below a file. So Deno keeps its caches in memory, and a program leaves nothing there.
      DENO_DIR: join(workspace.guestPath('guest/protocol.js'), 'none'),
      DENO_EMIT_CACHE_MODE: 'disable',
      DENO_NO_UPDATE_CHECK: '1',
      // WebGPU would load the host's graphics drivers without asking for a permission.
      DENO_WEBGPU_BACKEND: 'noop',
      NO_COLOR: '1',
    },
    rlimits: RLIMITS,
  };
}

/** Returns the flag that limits V8's heap to this size. */
export function heapFlag(bytes: number): string {
  return `--v8-flags=--max-old-space-size=${Math.ceil(bytes / 2 ** 20)}`;
}
