import { fileURLToPath } from 'node:url';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startProduct, startServerProcess } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import { CONNECTIONS, load, type Measured } from './load.ts';
import { type Probe, probe } from './probe.ts';
import { Rooms } from './rooms.ts';

const BARE_SERVER = fileURLToPath(new URL('bare-server.ts', import.meta.url));

interface Comparison extends Probe {
  product: Measured[];
  bare: Measured[];
}

/** Measures every operation over both APIs on a database, next to a bare route that answers the same. */
export async function benchHttp(kind: string, databaseUrl: string, plan: Plan): Promise<void> {
  const traced = await startProduct(databaseUrl, { LOG_LEVEL: 'trace', SANDBOX_WAITING: '0' });
  const probes = await probe(traced).finally(traced.stop);
  const answers = JSON.stringify(probes.map(({ answer }) => answer));
  // The flags of this process are what lets Node read TypeScript.
  const bare = await startServerProcess([...process.execArgv, BARE_SERVER, answers], {});
  try {
    const product = await startProduct(databaseUrl, { SANDBOX_WAITING: '0' });
    try {
      printComparisons(kind, await compare(product, bare, probes, plan));
    } finally {
      await product.stop();
    }
  } finally {
    await bare.stop();
  }
}

async function compare(
  product: ServerProcess,
  bare: ServerProcess,
  probes: readonly Probe[],
  { rounds, seconds, halls }: Plan,
): Promise<Comparison[]> {
  const rooms = new Rooms(product.url);
  await rooms.prepare(halls);
  const comparisons = probes.map((one): Comparison => ({ ...one, product: [], bare: [] }));
  let turn = 0;
  // The first round lets both servers' code get warm.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, comparison] of comparisons.entries()) {
      const { operation, answer: expected } = comparison;
      const { targets, once } = await rooms.targetsOf(operation);
      const request = () => {
        turn += 1;
        const target = targets[turn % targets.length];
        if (!target) throw new Error(`There is nothing to ${operation.name}`);
        return operation.request(target, turn);
      };
      const prefixed = () => {
        const { path, ...rest } = request();
        return { ...rest, path: `/${index}${path}` };
      };
      const amount = once ? targets.length : null;
      const ours = await load({ url: product.url, next: request, seconds, amount, expected });
      const theirs = await load({ url: bare.url, next: prefixed, seconds, amount: null, expected });
      if (round === 0) continue;
      comparison.product.push(ours);
      comparison.bare.push(theirs);
    }
  }
  return comparisons;
}

function printComparisons(kind: string, comparisons: readonly Comparison[]): void {
  const rows = comparisons.map(({ operation, product, bare, statements }) => {
    const columns = (['perSecond', 'p99'] as const).flatMap((key) => {
      const [ours, theirs] = [product, bare].map((runs) => runs.map((run) => run[key]));
      if (!ours || !theirs) return [];
      return [medianRatio(ours, theirs), median(ours), median(theirs)].map(short);
    });
    return [`${operation.door} ${operation.name}`, ...columns, String(statements)];
  });
  printTable(
    `On ${kind}: requests over ${CONNECTIONS} connections, next to a bare route that answers the same bytes`,
    ['operation', 'rate ratio', 'req/s', 'bare', 'p99 ratio', 'p99 ms', 'bare', 'SQL'],
    rows,
  );
}
