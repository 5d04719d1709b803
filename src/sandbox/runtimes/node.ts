import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Workspace } from '../workspace.ts';
import { mountPackages, nodePackages } from './packages.ts';
import type { Command, Runtime } from './runtime.ts';
import { addSharedLibraries } from './shared-libraries.ts';
import { nativeTypeChecker } from './type-checkers.ts';

/** A neutral path: the own one may name a home directory. */
const NODE = 'usr/bin/node';

/** Where `require` and `import` look from every folder. */
const PACKAGES = '/node_modules';

/** V8 reserves half a gigabyte for the code of each worker. The resource monitor limits the used memory. */
const RLIMITS = [`--data=${16 * 2 ** 30}`];

/**
 * Creates the runtime of JavaScript and TypeScript in the server's own Node.js, which protects nothing without the
 * bubblewrap enclosure. Programs may import the packages in the given `node_modules`.
 */
export async function nodeRuntime(workspace: Workspace, packages?: string): Promise<Runtime> {
  const file = await workspace.addBinary(process.execPath, NODE);
  const command: Command = {
    file,
    args: [
      '--require',
      workspace.guestPath('guest/preload.cjs'),
      join(workspace.workingDirectory, 'main.js'),
      'program',
    ],
    cwd: workspace.workingDirectory,
    env: { HOME: '/tmp', LANG: 'C.UTF-8', PATH: '/usr/bin' },
    rlimits: RLIMITS,
  };
  const [compiler, typeChecker] = await Promise.all([
    unpackCompiler(workspace),
    nativeTypeChecker(workspace, command, packages && PACKAGES),
  ]);
  await workspace.addFile(compiler, 'guest/swc.node');
  await addSharedLibraries(workspace, [process.execPath, compiler]);
  if (packages !== undefined) await mountPackages(workspace, packages, PACKAGES);
  return {
    name: 'Node.js',
    version: process.versions.node,
    languages: ['javascript', 'typescript'],
    packages: packages === undefined ? [] : await nodePackages(packages),
    command,
    typeChecker,
    waitingBytes: 12 * 2 ** 20,
  };
}

/**
 * Returns the native library of @swc/core, the compiler of TypeScript. Its package has it compressed. Loading it there
 * unpacks it into a cache, which would be the program's folder if a guest did it.
 */
async function unpackCompiler(workspace: Workspace): Promise<string> {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('@swc/core/package.json'));
  const packed = resolve(`@swc/core-linux-${process.arch}-gnu`);
  const cache = join(workspace.folder, 'compiler');
  // The check refuses temporary folders of some hosts. This one has just been created for this process only.
  const env = { SWC_NATIVE_BINDING_CACHE: cache, SWC_NATIVE_BINDING_CACHE_SKIP_SECURITY_CHECK: '1' };
  await mkdir(cache, { mode: 0o700 });
  await promisify(execFile)(process.execPath, ['--eval', 'require(process.argv[1])', packed], { env });
  const unpacked = (await readdir(cache, { recursive: true })).find((name) => name.endsWith('.node'));
  if (unpacked === undefined) return packed;
  // Programs run as other users.
  await chmod(join(cache, unpacked), 0o644);
  return join(cache, unpacked);
}
