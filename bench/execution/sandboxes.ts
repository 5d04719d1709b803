import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox } from '../../src/sandbox/open.ts';
import { SANDBOX_KINDS, type Sandbox, type SandboxKind } from '../../src/sandbox/sandbox.ts';
import type { Plan } from '../plan.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import { type Bare, ownInterpreters } from './bare.ts';
import { execute, LIMITS, timed } from './measure.ts';
import { PROGRAMS, type Program } from './programs.ts';
import { benchTypeCheck } from './type-check.ts';

/** Measures each kind of sandbox that works here from the call to the outcome, next to a bare spawn. */
export async function benchSandboxes(folder: string, plan: Plan): Promise<void> {
  for (const kind of SANDBOX_KINDS) {
    const [waiting, cold] = await Promise.all([open(kind, 1), open(kind, 0)]).catch(() => []);
    if (!waiting || !cold) {
      process.stdout.write(`\nThe sandbox ${kind} does not work here.\n`);
      continue;
    }
    try {
      await compare(folder, waiting, cold, plan);
      await sustain(folder, cold, plan);
      await benchTypeCheck(folder, cold, plan);
    } finally {
      await Promise.all([waiting.close(), cold.close()]);
    }
  }
}

function open(kind: SandboxKind, waiting: number): Promise<Sandbox> {
  const running = availableParallelism();
  const common = { running, waitingBytes: 512 * 2 ** 20, ceiling: LIMITS, packageFolders: {} };
  return openSandbox({ kind, waiting, ...common }, () => {});
}

async function compare(folder: string, waiting: Sandbox, cold: Sandbox, plan: Plan): Promise<void> {
  const rows: string[][] = [];
  for (const program of PROGRAMS) {
    for (const bare of await ownInterpreters(folder, waiting.kind, program)) {
      rows.push([
        `${program.language} / ${bare.name}`,
        ...(await comparison(program, bare, waiting, cold, plan)),
      ]);
    }
  }
  printTable(
    `The sandbox ${waiting.kind}, from the call to the outcome, next to a bare spawn`,
    ['program / bare', 'waiting ratio', 'cold ratio', 'waiting ms', 'cold ms', 'bare ms'],
    rows,
  );
}

async function comparison(
  program: Program,
  bare: Bare,
  waiting: Sandbox,
  cold: Sandbox,
  { runs }: Plan,
): Promise<string[]> {
  const times: Record<'waiting' | 'cold' | 'bare', number[]> = { waiting: [], cold: [], bare: [] };
  for (let run = 0; run < 4 * runs; run += 1) {
    // What loads in the background would slow down what is measured next.
    await sleep(program.refillMs);
    times.waiting.push(await timed(() => execute(waiting, program)));
    await sleep(program.refillMs);
    times.bare.push(await timed(bare.run));
    times.cold.push(await timed(() => execute(cold, program)));
  }
  return [
    medianRatio(times.waiting, times.bare),
    medianRatio(times.cold, times.bare),
    ...[times.waiting, times.cold, times.bare].map(median),
  ].map(short);
}

/** As many at once as there are cores, without a pause. */
async function sustain(folder: string, sandbox: Sandbox, { runs }: Plan): Promise<void> {
  const rows: string[][] = [];
  for (const program of PROGRAMS) {
    for (const bare of await ownInterpreters(folder, sandbox.kind, program)) {
      const rates: Record<'cold' | 'bare', number[]> = { cold: [], bare: [] };
      for (let round = 0; round < 3; round += 1) {
        rates.bare.push(await rate(bare.run, 10 * runs));
        rates.cold.push(await rate(() => execute(sandbox, program), 10 * runs));
      }
      const figures = [medianRatio(rates.cold, rates.bare), median(rates.cold), median(rates.bare)];
      rows.push([`${program.language} / ${bare.name}`, ...figures.map(short)]);
    }
  }
  printTable(
    `The sandbox ${sandbox.kind}, cold programs a second, ${availableParallelism()} at once`,
    ['program / bare', 'ratio', 'cold /s', 'bare /s'],
    rows,
  );
}

async function rate(task: Bare['run'], count: number): Promise<number> {
  let left = count;
  const worker = async () => {
    for (; left > 0; ) {
      left -= 1;
      await task();
    }
  };
  const took = await timed(async () => {
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
  });
  return (count / took) * 1000;
}
