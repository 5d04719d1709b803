import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../plan.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import type { Target } from './client.ts';
import { Crowd } from './crowd.ts';
import { benchKills } from './kills.ts';
import { benchMemory } from './memory.ts';
import { installPeers } from './peers.ts';
import {
  cpuTime,
  hasRedis,
  type Side,
  startHocuspocus,
  startOurs,
  startRelay,
  startStoringRelay,
  startYWebSocket,
  waitUntilQuiet,
} from './servers.ts';

const PEOPLE = 10;

interface Load {
  readonly documents: number;
  readonly perSecond: number;
  /** How fast, and for how many rounds, people type first: a server that has just started runs most of its code slowly. */
  readonly warmUp: { readonly perSecond: number; readonly rounds: number };
}

const ONE: Load = { documents: 1, perSecond: 100, warmUp: { perSecond: 300, rounds: 3 } };
const MANY: Load = { documents: 100, perSecond: 1_000, warmUp: { perSecond: 1_000, rounds: 1 } };

/** Measures typing together, next to a bare `ws` relay and the servers that people use for it. */
export async function benchDocuments(folder: string, postgresqlUrl: string, plan: Plan): Promise<void> {
  const peers = await makePeers(join(folder, 'peers'));
  const sides: Side[] = [await startRelay(), await startStoringRelay(join(folder, 'relay.db'))];
  try {
    if (peers) {
      sides.push(await startYWebSocket(peers), await startHocuspocus(peers));
      sides.push(await startHocuspocus(peers, join(folder, 'hocuspocus.db')));
    }
    sides.push(await startOurs('CodeInterview, SQLite', `file:${folder}/documents.db`));
    sides.push(await startOurs('CodeInterview, PostgreSQL', postgresqlUrl));
    if (hasRedis) sides.push(await startOurs('CodeInterview, two instances', postgresqlUrl, 2));
    for (const load of [ONE, MANY]) await compare(sides, load, plan);
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
  await benchMemory();
  await benchKills(folder, postgresqlUrl, peers);
}

async function makePeers(folder: string) {
  await mkdir(folder);
  return installPeers(folder);
}

interface Run {
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
}

async function compare(
  sides: readonly Side[],
  { documents, perSecond, warmUp }: Load,
  { rounds, typing }: Plan,
): Promise<void> {
  const runs = new Map<Side, Run[]>(sides.map((side) => [side, []]));
  const targets = new Map<Side, Target[][]>();
  for (const side of sides) targets.set(side, await side.documents(documents, PEOPLE));
  for (const [side, opened] of targets) {
    const crowd = await Crowd.gather(opened);
    await waitUntilQuiet(side);
    await crowd.type(warmUp.perSecond, warmUp.rounds * typing);
    await crowd.leave();
  }
  for (let round = 0; round < rounds; round++) {
    for (const [side, opened] of targets) {
      // Nobody waits while others are measured: Hocuspocus cuts who is silent for long, and thousands of sockets disturb.
      const crowd = await Crowd.gather(opened);
      await waitUntilQuiet(side);
      const before = await cpuTime(side);
      const { p50, p99, received } = await crowd.type(perSecond, typing);
      if (received < perSecond * typing)
        process.stdout.write(`${side.name} lost ${perSecond * typing - received}\n`);
      const cpu = ((await cpuTime(side)) - before) * (1_000 / (perSecond * typing));
      runs.get(side)?.push({ p50, p99, cpu });
      await crowd.leave();
    }
  }
  const [bare = []] = runs.values();
  printTable(
    `${documents} documents of ${PEOPLE} people, ${perSecond} keystrokes a second: from a keystroke to a peer, and CPU`,
    ['', 'p50, ms', 'ratio', 'p99, ms', 'ratio', 'CPU, us an edit', 'ratio'],
    [...runs].map(([{ name }, own]) => [
      name,
      ...(['p50', 'p99', 'cpu'] as const).flatMap((key) => {
        const [ours, theirs] = [own, bare].map((all) => all.map((run) => run[key]));
        return [short(median(ours ?? [])), short(medianRatio(ours ?? [], theirs ?? []))];
      }),
    ]),
  );
}
