import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Workspace } from '../workspace.ts';
import { addDeno, type Deno, denoCommand, heapFlag } from './deno.ts';
import type { Command } from './runtime.ts';

const { resolve } = createRequire(import.meta.url);

/** The folder of the compiler, and of Node's types below it, in the root of guests. */
const TYPESCRIPT = 'usr/lib/typescript';

/** The heap of the compiler in JavaScript that has read its libraries, without the program. */
const COMPILER_HEAP_BYTES = 256 * 2 ** 20;

/**
 * Returns the arguments of tsc. The others keep tsc's defaults, which are strict. As when the program runs, it is a
 * module of its own, may use `require`, `import` and an `await` at its top level, and has no DOM. It also knows the
 * globals that the packages' `@types` declare.
 */
function compilerArgs(lib: 'es2023' | 'esnext', packages?: string): string[] {
  const nodeTypes = `/${TYPESCRIPT}/node_modules/@types`;
  const [types, typeRoots] =
    packages === undefined ? ['node', nodeTypes] : ['*', `${nodeTypes},${packages}/@types`];
  return [
    ...['--noEmit', '--pretty', 'false', '--skipLibCheck', '--target', 'esnext', '--lib', lib],
    ...['--module', 'preserve', '--moduleDetection', 'force'],
    ...['--types', types, '--typeRoots', typeRoots, 'main.ts'],
  ];
}

/**
 * Creates the command of a process that checks the types of one program with the native tsc, which Node starts.
 * Needs the bubblewrap enclosure. `packages` is the `node_modules` that guests see, if any.
 */
export async function nativeTypeChecker(
  workspace: Workspace,
  node: Command,
  packages?: string,
): Promise<Command> {
  const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  const compiler = dirname(createRequire(resolve('typescript/package.json')).resolve(platform));
  const tsc = await workspace.addBinary(join(compiler, 'lib/tsc'), join(TYPESCRIPT, 'tsc'));
  await addDeclarations(workspace, join(compiler, 'lib'));
  // Node.js 20 lacks what the later libraries declare, such as the methods of iterators.
  const lib = Number.parseInt(process.versions.node, 10) < 22 ? 'es2023' : 'esnext';
  // One thread at a time: several check a program 15 ms faster, in half as much processor time again.
  const args = [...compilerArgs(lib, packages), '--singleThreaded'];
  return { ...node, args: [workspace.guestPath('guest/type-check.cjs'), tsc, ...args] };
}

/** Creates the command of a process that checks the types of one program with the compiler in JavaScript, in Deno. */
export async function denoTypeChecker(
  workspace: Workspace,
  deno: Deno,
  memoryBytes: number,
): Promise<Command> {
  const compiler = dirname(resolve('typescript-6/package.json'));
  await workspace.addFile(join(compiler, 'lib/typescript.js'), join(TYPESCRIPT, 'typescript.js'));
  await addDeclarations(workspace, join(compiler, 'lib'));
  const root = workspace.guestPath('');
  const files = [TYPESCRIPT, 'guest/decorators.cjs'].map((name) => workspace.guestPath(name));
  return denoCommand(workspace, {
    deno: await addDeno(workspace, deno),
    script: 'type-check.js',
    // The guest revokes its read permission before it receives a program.
    flags: [heapFlag(COMPILER_HEAP_BYTES + memoryBytes), `--allow-read=${files.join(',')}`],
    args: [root, `/${TYPESCRIPT}`, ...compilerArgs('esnext')],
  });
}

/** Adds the declarations of the language, beside the compiler, and those of Node. */
async function addDeclarations(workspace: Workspace, libraries: string): Promise<void> {
  const types = resolve('types-node/package.json');
  const undici = createRequire(types).resolve('undici-types/package.json');
  const packages = join(TYPESCRIPT, 'node_modules');
  await Promise.all([
    addTypes(workspace, libraries, TYPESCRIPT),
    addTypes(workspace, dirname(types), join(packages, '@types/node')),
    addTypes(workspace, dirname(undici), join(packages, 'undici-types')),
  ]);
}

/** Adds the declarations and the manifest of a folder, without the packages nested in it. */
async function addTypes(workspace: Workspace, folder: string, target: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) =>
    /^(?!node_modules\/).*\.d\.ts$|^package\.json$/.test(name),
  );
  await Promise.all(names.map((name) => workspace.addFile(join(folder, name), join(target, name))));
}
