import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { denoCommand, heapFlag, packageVersion } from './deno.ts';
import type { Runtime } from './runtime.ts';
import type { Workspace } from './workspace.ts';

const PYODIDE_FILES = [
  'pyodide.mjs',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'pyodide-lock.json',
  'python_stdlib.zip',
];

/**
 * Python in Pyodide in Deno. The first process loads it and keeps a snapshot of its memory before any program
 * arrives; from then on processes load that, several times faster.
 */
export async function pythonRuntime(workspace: Workspace, memoryBytes: number): Promise<Runtime> {
  const manifest = createRequire(import.meta.url).resolve('pyodide/package.json');
  const pyodide = join(workspace.root, 'pyodide');
  const snapshots = join(workspace.root, 'snapshots');
  const snapshot = join(snapshots, 'snapshot');
  const runner = workspace.guest('runner.py');
  await mkdir(pyodide);
  await mkdir(snapshots);
  await Promise.all(PYODIDE_FILES.map((file) => cp(join(dirname(manifest), file), join(pyodide, file))));

  // The guest gives all of them back before it takes a program.
  const read = `--allow-read=${[pyodide, runner, snapshots].join(',')}`;
  const heap = heapFlag(memoryBytes);
  const making = denoCommand(workspace, {
    script: 'python.js',
    flags: [heap, read, `--allow-write=${snapshots}`],
    args: [pyodide, runner, snapshots],
  });
  const loading = denoCommand(workspace, {
    script: 'python.js',
    flags: [heap, read],
    args: [pyodide, runner, snapshots, snapshot],
  });
  return {
    name: 'Pyodide',
    version: packageVersion(manifest),
    languages: ['python'],
    command: () => (existsSync(snapshot) ? loading : making),
  };
}
