import { builtinModules } from 'node:module';
import type { Workspace } from '../workspace.ts';
import { addDeno, type Deno, denoCommand, heapFlag } from './deno.ts';
import type { Runtime } from './runtime.ts';

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
    command,
    waitingBytes: 15 * 2 ** 20,
  };
}

/** Returns an import map that lets a program import Node's modules without the prefix `node:`. */
function nodeImportMap(): string {
  const names = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'));
  const imports = Object.fromEntries(names.map((name) => [name, `node:${name}`]));
  return `data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`;
}
