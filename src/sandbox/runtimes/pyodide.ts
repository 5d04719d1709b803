import { existsSync } from 'node:fs';
import type { Workspace } from '../workspace.ts';
import { addDeno, type Deno, denoCommand, heapFlag } from './deno.ts';
import { addPyodide, PYODIDE_VERSION, SNAPSHOT } from './pyodide-package.ts';
import type { Runtime } from './runtime.ts';

/**
 * The size of V8's stacks, in kB: the one for promises, on which a program runs, may not exceed the other. They have
 * room for all functions of Python that recurse in C, so that Python's own limit (guest/pyodide.py) comes first.
 */
const STACK_SIZE = 60_000;
const STACK_FLAGS = `--stack-size=${STACK_SIZE},--wasm-stack-switching-stack-size=${STACK_SIZE}`;

/** Creates the runtime of Python in Pyodide in Deno. Throws when `npm run build` has not created its snapshot. */
export async function pyodideRuntime(
  workspace: Workspace,
  deno: Deno,
  memoryBytes: number,
): Promise<Runtime> {
  if (!existsSync(SNAPSHOT)) throw new Error('Python has not been built: run `npm run build`');
  const pyodide = await addPyodide(workspace);
  const scripts = ['program.py', 'pyodide.py'].map((name) => workspace.guestPath(`guest/${name}`));
  const snapshot = await workspace.addFile(SNAPSHOT, 'snapshot');
  const command = denoCommand(workspace, {
    deno: await addDeno(workspace, deno),
    script: 'python.js',
    // The guest revokes its read permission before it receives a program.
    flags: [
      `${heapFlag(memoryBytes)},${STACK_FLAGS}`,
      `--allow-read=${[pyodide, snapshot, ...scripts].join(',')}`,
    ],
    args: [pyodide, snapshot, ...scripts],
  });
  return {
    name: 'Pyodide',
    version: PYODIDE_VERSION,
    languages: ['python'],
    packages: [],
    command,
    waitingBytes: 106 * 2 ** 20,
  };
}
