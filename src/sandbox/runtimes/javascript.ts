import { builtinModules } from 'node:module';
import type { Workspace } from '../workspace.ts';
import { addDeno, type Deno, denoCommand, heapFlag } from './deno.ts';
import type { Runtime } from './runtime.ts';

/** JavaScript and TypeScript in Deno, without any permission. */
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

/** Lets a program import Node's modules by their bare names, as Node does. */
function nodeImportMap(): string {
  const names = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'));
  const imports = Object.fromEntries(names.map((name) => [name, `node:${name}`]));
  return `data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`;
}
