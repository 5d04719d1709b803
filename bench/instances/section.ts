import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { CONNECTIONS, load } from '../http/load.ts';
import { probe } from '../http/probe.ts';
import { label } from '../http/section.ts';
import { createSessions } from '../http/sessions.ts';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startProduct } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';

const INSTANCES = 3;
const SESSIONS = 60;
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
  const sessions = await createSessions(first.url, SESSIONS);
  const rows: string[][] = [];
  for (const { operation, answers: expected } of probes) {
    if (operation.name !== 'get' && operation.name !== 'patch') continue;
    const { seconds } = plan;
    const measure = async (instances: readonly ServerProcess[]) => {
      const loads = instances.map(({ url }, index) => {
        const share = sessions.filter((_, at) => at % instances.length === index);
        return load({ url, operation, expected, sessions: share, seconds, isBare: false });
      });
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
