import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { CONNECTIONS, load } from '../http/load.ts';
import { OPERATIONS, type Operation } from '../http/operations.ts';
import { probe } from '../http/probe.ts';
import { Rooms } from '../http/rooms.ts';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startProduct } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';

const INSTANCES = 3;
const REDIS_PORT = 16_379;

/** Measures one instance next to three that share a PostgreSQL and a Redis, each with the same connections. */
export async function benchInstances(databaseUrl: string, plan: Plan): Promise<void> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    process.stdout.write('\nSeveral instances were not measured: redis-server is not installed\n');
    return;
  }
  const redis = spawn('redis-server', ['--port', String(REDIS_PORT), '--bind', '127.0.0.1', '--save', '']);
  await once(redis.stdout, 'data');
  const settings = { SANDBOX_WAITING: '0', REDIS_URL: `redis://127.0.0.1:${REDIS_PORT}` };
  const servers = await Promise.all(
    Array.from({ length: INSTANCES }, () => startProduct(databaseUrl, settings)),
  );
  try {
    await compare(databaseUrl, servers, plan);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    redis.kill();
  }
}

async function compare(databaseUrl: string, servers: readonly ServerProcess[], plan: Plan): Promise<void> {
  const [first] = servers;
  if (!first) return;
  const traced = await startProduct(databaseUrl, { LOG_LEVEL: 'trace', SANDBOX_WAITING: '0' });
  const probes = await probe(traced).finally(traced.stop);
  const rooms = new Rooms(first.url);
  await rooms.prepare(1);
  const rows: string[][] = [];
  for (const operation of OPERATIONS.filter(({ name }) => name === 'get' || name === 'patch')) {
    const expected = probes.find((one) => one.operation === operation)?.answer;
    if (!expected) continue;
    const { targets } = await rooms.targetsOf(operation);
    let turn = 0;
    const next = () => {
      turn += 1;
      const target = targets[turn % targets.length];
      if (!target) throw new Error(`There is nothing to ${operation.name}`);
      return operation.request(target, turn);
    };
    const measure = async (instances: readonly ServerProcess[]) => {
      const loads = instances.map(({ url }) =>
        load({ url, next, seconds: plan.seconds, amount: null, expected }),
      );
      const all = await Promise.all(loads);
      return all.reduce((sum, { perSecond }) => sum + perSecond, 0);
    };
    const one: number[] = [];
    const three: number[] = [];
    for (let round = 0; round <= plan.rounds; round += 1) {
      const [alone, together] = [await measure([first]), await measure(servers)];
      if (round === 0) continue;
      one.push(alone);
      three.push(together);
    }
    rows.push([label(operation), ...[medianRatio(three, one), median(three), median(one)].map(short)]);
  }
  printTable(
    `${INSTANCES} instances on one PostgreSQL and one Redis next to one, ${CONNECTIONS} connections each`,
    ['operation', 'rate ratio', 'three, req/s', 'one, req/s'],
    rows,
  );
}

function label({ door, name }: Operation): string {
  return `${door} ${name}`;
}
