import { gather } from '../live/crowd.ts';
import type { Plan } from '../plan.ts';
import { startProduct } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import { load } from './load.ts';
import type { Target } from './operations.ts';
import { type Probe, probe } from './probe.ts';
import { label } from './section.ts';
import { createOthers, createSessions } from './sessions.ts';

const FEW = 100;

interface Side {
  readonly url: string;
  /** The live ones. */
  readonly sessions: readonly Target[];
  readonly p99s: Map<Probe, number[]>;
  stop(): Promise<void>;
}

/** Measures the REST operations on a server with few sessions, all live, next to one with many. */
export async function benchGrowth(
  kind: string,
  databaseUrls: readonly [few: string, many: string],
  { rounds, seconds, stored, live }: Plan,
): Promise<void> {
  const traced = await startProduct(databaseUrls[0], { SANDBOX_WAITING: '0' });
  const probes = (await probe(traced).finally(traced.stop)).filter(
    ({ operation }) => operation.api === 'REST',
  );
  const sides = [await open(databaseUrls[0], FEW, FEW), await open(databaseUrls[1], stored, live)] as const;
  try {
    for (const one of probes) {
      for (let round = 0; round <= rounds; round += 1) {
        for (const { url, sessions, p99s } of sides) {
          const { operation, answers: expected } = one;
          const { p99 } = await load({ url, operation, expected, sessions, seconds, isBare: false });
          // The first round lets the code get warm.
          if (round > 0) p99s.set(one, [...(p99s.get(one) ?? []), p99]);
        }
      }
    }
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
  printGrowth(kind, probes, sides, { stored, live });
}

/** Starts a server with so many sessions, of which the live ones have a subscriber each. */
async function open(databaseUrl: string, stored: number, live: number): Promise<Side> {
  const server = await startProduct(databaseUrl, { SANDBOX_WAITING: '0' });
  await createOthers(server.url, stored - live);
  const sessions = await createSessions(server.url, live);
  const ids = sessions.map(({ sessionId }) => sessionId);
  const crowd = await gather(server.url, ids, 1, 'product');
  const stop = () => crowd.leave().then(server.stop);
  return { url: server.url, sessions, p99s: new Map(), stop };
}

function printGrowth(
  kind: string,
  probes: readonly Probe[],
  [few, many]: readonly [Side, Side],
  { stored, live }: Pick<Plan, 'stored' | 'live'>,
): void {
  const rows = probes.map((one) => {
    const [before, after] = [few.p99s.get(one) ?? [], many.p99s.get(one) ?? []];
    return [label(one.operation), ...[medianRatio(after, before), median(before), median(after)].map(short)];
  });
  printTable(
    `On ${kind}: p99 with ${stored} sessions, ${live} of them live, next to ${FEW}, all live`,
    ['operation', 'ratio', `${FEW}, ms`, `${stored}, ms`],
    rows,
  );
}
