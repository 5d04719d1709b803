import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startProduct } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import { type Bare, bareInterpreters } from './bare.ts';
import { OUTPUT, PROGRAMS, type Program } from './programs.ts';

const success = z.object({ output: z.literal(OUTPUT), error: z.null() });

interface Comparison {
  program: Program;
  waiting: number[];
  cold: number[];
  bare: { interpreter: Bare; times: number[] }[];
}

/** Measures programs from the call to the result, next to a bare interpreter. */
export async function benchExecution(folder: string, { runs }: Plan): Promise<void> {
  const cold = await startProduct(`file:${join(folder, 'cold.db')}`, { SANDBOX_WAITING: '0' });
  try {
    const waiting = await startProduct(`file:${join(folder, 'waiting.db')}`, { SANDBOX_WAITING: '1' });
    try {
      printComparisons(await compare(folder, cold, waiting, runs));
    } finally {
      await waiting.stop();
    }
  } finally {
    await cold.stop();
  }
}

async function compare(
  folder: string,
  cold: ServerProcess,
  waiting: ServerProcess,
  runs: number,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const program of PROGRAMS) {
    const interpreters = await bareInterpreters(folder, program);
    const bare = interpreters.map((interpreter) => ({ interpreter, times: [] }));
    comparisons.push({ program, waiting: [], cold: [], bare });
  }
  // The first run pays for what is made once, such as the snapshot that later Python processes load.
  for (let run = 0; run <= runs; run += 1) {
    for (const comparison of comparisons) {
      const { program } = comparison;
      const keep = (times: number[], time: number) => run > 0 && times.push(time);
      keep(comparison.waiting, await timed(() => execute(waiting, program)));
      // What loads in the background would slow down what is measured next.
      await sleep(program.refillMs);
      for (const { interpreter, times } of comparison.bare) keep(times, await timed(interpreter.run));
      keep(comparison.cold, await timed(() => execute(cold, program)));
    }
  }
  return comparisons;
}

async function timed(task: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

async function execute({ url }: ServerProcess, { language, code }: Program): Promise<void> {
  const response = await fetch(`${url}/api/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language, code }),
  });
  success.parse(await response.json());
}

function printComparisons(comparisons: readonly Comparison[]): void {
  const rows = comparisons.flatMap(({ program, waiting, cold, bare }) =>
    bare.map(({ interpreter, times }) => [
      `${program.language} / ${interpreter.name}`,
      ...[
        medianRatio(waiting, times),
        medianRatio(cold, times),
        median(waiting),
        median(cold),
        median(times),
      ].map(short),
    ]),
  );
  printTable(
    'Programs from the call to the result, next to a bare spawn of the interpreter',
    ['program / bare', 'waiting ratio', 'cold ratio', 'waiting ms', 'cold ms', 'bare ms'],
    rows,
  );
}
