import { builtinModules } from 'node:module';
import type { Workspace } from '../workspace.ts';
import { addDeno, type Deno, denoCommand, heapFlag } from './deno.ts';
import type { Runtime } from './runtime.ts';
import { denoTypeChecker } from './type-checkers.ts';

/** Creates the runtime of JavaScript and TypeScript: Deno without permissions. */
export async function javascriptRuntime(
  workspace: Workspace,
  deno: Deno,
  memoryBytes: number,
): Promise<Runtime> {
  const command = denoCommand(workspace, {
    deno: await addDeno(workspace, deno),
    script: 'javascript.js',
    flags: [heapFlag(memoryBytes), '--ignore-env', `--import-map=${nodeImportMap()}`],
  });
  return {
    name: 'Deno',
    version: deno.version,
    languages: ['javascript', 'typescript'],
    packages: [],
    command,
    typeChecker: await denoTypeChecker(workspace, deno, memoryBytes),
    waitingBytes: 15 * 2 ** 20,
  };
}

/** Instead of node:test, whose tests nothing would run. Has its exports: a missing one would be a syntax error. */
const NO_TESTS = `const none = null;
export { none as default, none as test, none as suite, none as describe, none as it, none as mock, none as run };
export { none as before, none as after, none as beforeEach, none as afterEach };
const error = new Error('node:test is not available in this sandbox');
// A frame would show this module.
error.stack = String(error);
throw error;`;

/** Returns an import map that lets a program import Node's modules without the prefix `node:`. */
function nodeImportMap(): string {
  const names = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'));
  const imports = Object.fromEntries(names.map((name) => [name, `node:${name}`]));
  imports['node:test'] = `data:text/javascript,${encodeURIComponent(NO_TESTS)}`;
  return `data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`;
}
