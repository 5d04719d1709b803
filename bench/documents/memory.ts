import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { printTable, short } from '../table.ts';

const SCRIPT = fileURLToPath(new URL('loaded.ts', import.meta.url));

const answer = z.object({ ours: z.number(), bare: z.number() });

/** Measures what a loaded document takes, next to a bare `Y.Doc` with the same text. */
export async function benchMemory(): Promise<void> {
  const args = ['--expose-gc', ...process.execArgv, SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { ours, bare } = answer.parse(JSON.parse(stdout));
  printTable(
    'Memory of a loaded document after an hour of typing, next to a bare Y.Doc',
    ['', 'ratio', 'ours', 'bare'],
    [['heap, KiB', short(ours / bare), short(ours / 1024), short(bare / 1024)]],
  );
}
