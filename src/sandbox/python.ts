import { existsSync } from 'node:fs';
import { denoCommand, heapFlag } from './deno.ts';
import { addPyodide, PYODIDE_VERSION, SNAPSHOT } from './pyodide.ts';
import type { Runtime } from './runtime.ts';
import type { Workspace } from './workspace.ts';

/** Python in Pyodide in Deno. Throws when the build has not made the snapshot that it loads. */
export async function pythonRuntime(workspace: Workspace, memoryBytes: number): Promise<Runtime> {
  if (!existsSync(SNAPSHOT)) throw new Error('Python has not been built: run `npm run build`');
  const pyodide = await addPyodide(workspace);
  const runner = workspace.guest('runner.py');
  const snapshot = await workspace.add(SNAPSHOT, 'snapshot');
  const command = denoCommand(workspace, {
    script: 'python.js',
    // The guest gives read access back before it takes a program.
    flags: [heapFlag(memoryBytes), `--allow-read=${[pyodide, runner, snapshot].join(',')}`],
    args: [pyodide, runner, snapshot],
  });
  return { name: 'Pyodide', version: PYODIDE_VERSION, languages: ['python'], command };
}
