import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';
import { median, medianRatio, quantile } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import { type Crowd, gather } from './crowd.ts';
import { broadcast, changeSession, flood, type Publish, paced } from './publish.ts';
import { reportSchema } from './report.ts';

const PRODUCT = new URL('product.ts', import.meta.url);
const BARE = new URL('bare.ts', import.meta.url);
const SESSIONS = 100;
const PER_SESSION = 10;
const EVENTS_PER_SECOND = 100;
const ONE_ROOM = 1_000;
const SECONDS_PER_ROUND = 3;

type Kind = 'product' | 'bare';
interface Side {
  readonly kind: Kind;
  readonly server: ServerProcess;
  readonly publish: Publish;
}

/** Measures the way of an event to its subscribers, next to a bare `ws` server that sends them the same bytes. */
export async function benchLive(databaseUrl: string, { rounds }: Plan): Promise<void> {
  const start = (file: URL, env: NodeJS.ProcessEnv) =>
    startServerProcess(['--expose-gc', ...process.execArgv, fileURLToPath(file)], env);
  const settings = { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: databaseUrl, SANDBOX_WAITING: '0' };
  const product = await start(PRODUCT, { ...settings, LOG_LEVEL: 'warn' });
  const bare = await start(BARE, {});
  try {
    const rooms = await createSessions(product.url);
    const sides: Side[] = [
      { kind: 'product', server: product, publish: changeSession(product.url) },
      { kind: 'bare', server: bare, publish: broadcast(bare.url, await captureMessage(product.url, rooms)) },
    ];
    await comparePaced(sides, rooms, rounds);
    await compareFlood(sides, rooms, rounds);
    await compareMemory(sides, rooms);
  } finally {
    await Promise.all([product.stop(), bare.stop()]);
  }
}

async function createSessions(url: string): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < SESSIONS; count += 1) {
    const response = await fetch(`${url}/api/v1/sessions`, { method: 'POST' });
    ids.push((await response.json()).id);
  }
  return ids;
}

async function captureMessage(url: string, rooms: readonly string[]): Promise<string> {
  const crowd = await gather(url, rooms.slice(0, 1), 1, 'product');
  await changeSession(url)(rooms[0] ?? '', 0);
  while (crowd.received() === 0) await pause(10);
  await crowd.leave();
  return crowd.last();
}

async function comparePaced(sides: readonly Side[], rooms: readonly string[], rounds: number): Promise<void> {
  const measured = { product: [], bare: [] } as Record<Kind, { rate: number; p50: number; p99: number }[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const side of sides) {
      const crowd = await gather(side.server.url, rooms, PER_SESSION, side.kind);
      await paced(side.publish, rooms, EVENTS_PER_SECOND, SECONDS_PER_ROUND);
      await settle(crowd, EVENTS_PER_SECOND * SECONDS_PER_ROUND * PER_SESSION);
      const { sent } = await report(side.server);
      await crowd.leave();
      const delays = [...crowd.arrivals].flatMap(([key, times]) =>
        times.map((time) => (time - (sent[key] ?? Number.NaN)) / 1e6),
      );
      const rate = crowd.received() / SECONDS_PER_ROUND;
      // The first round lets the code get warm.
      if (round > 0)
        measured[side.kind].push({ rate, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) });
    }
  }
  printTable(
    `Events to ${SESSIONS} sessions with ${PER_SESSION} subscribers each, ${EVENTS_PER_SECOND} events a second: from commit to arrival, next to a bare ws server`,
    ['', 'ratio', 'product', 'bare'],
    (['rate', 'p50', 'p99'] as const).map((key) => {
      const [ours, theirs] = [measured.product, measured.bare].map((runs) => runs.map((run) => run[key]));
      const name = key === 'rate' ? 'deliveries a second' : `${key}, ms`;
      return row(name, ours ?? [], theirs ?? []);
    }),
  );
}

async function compareFlood(sides: readonly Side[], rooms: readonly string[], rounds: number): Promise<void> {
  const measured: Record<Kind, number[]> = { product: [], bare: [] };
  const room = rooms[0] ?? '';
  for (let round = 0; round <= rounds; round += 1) {
    for (const side of sides) {
      const crowd = await gather(side.server.url, [room], ONE_ROOM, side.kind);
      const start = performance.now();
      await flood(side.publish, room, SECONDS_PER_ROUND);
      const perSecond = crowd.received() / ((performance.now() - start) / 1_000);
      await pause(500);
      await report(side.server);
      await crowd.leave();
      if (round > 0) measured[side.kind].push(perSecond);
    }
  }
  printTable(
    `Events to ${ONE_ROOM} subscribers of one session, as fast as it goes, next to a bare ws server`,
    ['', 'ratio', 'product', 'bare'],
    [row('deliveries a second', measured.product, measured.bare)],
  );
}

async function compareMemory(sides: readonly Side[], rooms: readonly string[]): Promise<void> {
  const kilobytes: Record<Kind, number> = { product: 0, bare: 0 };
  for (const side of sides) {
    const { bytes: before } = await report(side.server);
    const crowd = await gather(side.server.url, rooms, PER_SESSION, side.kind);
    await pause(500);
    const { bytes: after } = await report(side.server);
    kilobytes[side.kind] = (after - before) / 1_024 / (SESSIONS * PER_SESSION);
    await crowd.leave();
  }
  printTable(
    'Memory of an idle subscriber, next to a bare ws socket',
    ['', 'ratio', 'product', 'bare'],
    [row('heap and buffers, KiB', [kilobytes.product], [kilobytes.bare])],
  );
}

function row(name: string, ours: readonly number[], theirs: readonly number[]): string[] {
  return [name, short(medianRatio(ours, theirs)), short(median(ours)), short(median(theirs))];
}

async function settle(crowd: Crowd, expected: number): Promise<void> {
  for (let waited = 0; crowd.received() < expected && waited < 5_000; waited += 50) await pause(50);
}

async function report(server: ServerProcess) {
  const before = server.output().length;
  server.signal('SIGUSR2');
  for (;;) {
    await pause(20);
    const line = /^report (.+)\n/m.exec(server.output().slice(before))?.[1];
    if (line !== undefined) return reportSchema.parse(JSON.parse(line));
  }
}
