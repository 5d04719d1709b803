import { fileURLToPath } from 'node:url';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startProduct, startServerProcess } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';
import type { Answer } from './answer.ts';
import { CONNECTIONS, load, type Measured } from './load.ts';
import { NAMES, type Operation } from './operations.ts';
import { type Probe, probe } from './probe.ts';
import { createSessions } from './sessions.ts';

const BARE_NODE = new URL('bare-node.ts', import.meta.url);
const BARE_FASTIFY = new URL('bare-fastify.ts', import.meta.url);
const SESSIONS = 100;
const KINDS = ['product', 'node', 'fastify'] as const;
type Kind = (typeof KINDS)[number];

interface Comparison extends Probe {
  readonly runs: Record<Kind, Measured[]>;
}

/** Measures every operation over both APIs on a database, next to bare servers that answer the same. */
export async function benchHttp(kind: string, databaseUrl: string, plan: Plan): Promise<void> {
  const traced = await startProduct(databaseUrl, { LOG_LEVEL: 'trace', SANDBOX_WAITING: '0' });
  const probes = await probe(traced).finally(traced.stop);
  const answers = probes.flatMap((one) => one.answers);
  const servers = {
    product: await startProduct(databaseUrl, { SANDBOX_WAITING: '0' }),
    node: await startBare(BARE_NODE, answers),
    fastify: await startBare(BARE_FASTIFY, answers),
  };
  try {
    printComparisons(kind, await compare(servers, probes, plan));
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

function startBare(file: URL, answers: readonly Answer[]): Promise<ServerProcess> {
  // The flags of this process are what lets Node read TypeScript.
  return startServerProcess([...process.execArgv, fileURLToPath(file), JSON.stringify(answers)], {});
}

async function compare(
  servers: Record<Kind, ServerProcess>,
  probes: readonly Probe[],
  { rounds, seconds }: Plan,
): Promise<Comparison[]> {
  const sessions = await createSessions(servers.product.url, SESSIONS);
  const comparisons = probes.map(
    (one): Comparison => ({ ...one, runs: { product: [], node: [], fastify: [] } }),
  );
  for (const name of NAMES) {
    const both = comparisons.filter(({ operation }) => operation.name === name);
    // The first round lets the servers' code get warm.
    for (let round = 0; round <= rounds; round += 1) {
      for (const { operation, answers: expected, runs } of both) {
        for (const kind of KINDS) {
          const { url } = servers[kind];
          const isBare = kind !== 'product';
          const run = await load({ url, operation, expected, sessions, seconds, isBare });
          if (round > 0) runs[kind].push(run);
        }
      }
    }
  }
  return comparisons;
}

function printComparisons(database: string, comparisons: readonly Comparison[]): void {
  const rates = ({ runs }: Comparison, kind: Kind) => runs[kind].map(({ perSecond }) => perSecond);
  const rows = comparisons.map((one, index) => {
    const { operation, runs, statements } = one;
    const ours = rates(one, 'product');
    // Each GraphQL operation comes after its REST operation.
    const rest = operation.api === 'GraphQL' ? comparisons[index - 1] : undefined;
    return [
      label(operation),
      short(medianRatio(ours, rates(one, 'node'))),
      short(medianRatio(ours, rates(one, 'fastify'))),
      rest ? short(medianRatio(ours, rates(rest, 'product'))) : '',
      ...[ours, rates(one, 'node'), rates(one, 'fastify')].map((all) => short(median(all))),
      short(median(runs.product.map(({ p99 }) => p99))),
      statements.join(', '),
    ];
  });
  printTable(
    `On ${database}: the rate of ${CONNECTIONS} connections, each with sessions of its own, next to that of bare \
servers that answer the same bytes, and GraphQL's next to REST's`,
    ['operation', 'of node:http', 'of Fastify', 'of REST', 'req/s', 'node:http', 'Fastify', 'p99 ms', 'SQL'],
    rows,
  );
}

export function label({ api, name }: Operation): string {
  return `${api} ${name}`;
}
