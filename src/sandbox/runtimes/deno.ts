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

/** The version that a package's manifest names. */
export function packageVersion(manifestFile: string): string {
  return manifest.parse(JSON.parse(readFileSync(manifestFile, 'utf8'))).version;
}

/** Finds the binary in its platform package, so that no install script needs to have run. */
export function findDeno(): Deno {
  const file = createRequire(import.meta.url).resolve('deno/package.json');
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const platform = `@deno/${process.platform}-${process.arch}${libc}`;
  const binary = process.platform === 'win32' ? 'deno.exe' : 'deno';
  const folder = dirname(createRequire(file).resolve(`${platform}/package.json`));
  return { file: join(folder, binary), version: packageVersion(file) };
}

/** Puts the binary into the workspace; answers its path as guests see it. */
export function addDeno(workspace: Workspace, { file }: Deno): Promise<string> {
  return workspace.addBinary(file, join('bin', basename(file)));
}

/**
 * V8 reserves address space by the gigabyte, more for each worker; what is really used is held by what watches
 * the process.
 */
const RLIMITS = [`--data=${3 * 2 ** 30}`];

/** A command that runs a guest script with the permissions given and no other. */
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
      workspace.seen(join('guest', options.script)),
      ...(options.args ?? []),
    ],
    cwd: workspace.start,
    env: {
      // A folder below a file cannot exist: Deno keeps its caches in memory, and no program leaves anything.
      DENO_DIR: join(workspace.seen('guest/protocol.js'), 'none'),
      DENO_EMIT_CACHE_MODE: 'disable',
      DENO_NO_UPDATE_CHECK: '1',
      // WebGPU would load the host's graphics drivers, which no permission guards.
      DENO_WEBGPU_BACKEND: 'noop',
      NO_COLOR: '1',
    },
    rlimits: RLIMITS,
  };
}

/** The flag that bounds V8's heap. */
export function heapFlag(bytes: number): string {
  return `--v8-flags=--max-old-space-size=${Math.ceil(bytes / 2 ** 20)}`;
}
