import { builtinModules } from 'node:module';
import { denoCommand, heapFlag } from './deno.ts';
import type { Runtime } from './runtime.ts';
import type { Workspace } from './workspace.ts';

/** JavaScript and TypeScript in Deno, without any permission. */
export function javascriptRuntime(version: string, workspace: Workspace, memoryBytes: number): Runtime {
  const command = denoCommand(workspace, {
    script: 'javascript.js',
    flags: [heapFlag(memoryBytes), '--ignore-env', `--import-map=${nodeImportMap()}`],
  });
  return {
    name: 'Deno',
    version,
    languages: ['javascript', 'typescript'],
    command,
  };
}

/** Lets a program import Node's modules by their bare names, as Node does. */
function nodeImportMap(): string {
  const names = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'));
  const imports = Object.fromEntries(names.map((name) => [name, `node:${name}`]));
  return `data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`;
}
