import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScratchServer } from '../../prisma/scratch.ts';
import { startPostgresql } from './database.ts';
import { type ServerProcess, spawnServer } from './process.ts';
import { type RedisServer, startRedis } from './redis.ts';

/**
 * Several server processes on one PostgreSQL and one Redis, all of which can be taken away and brought back, until
 * the end of the test file.
 */
export interface Cluster {
  readonly postgresql: ScratchServer;
  readonly redis: RedisServer;
  /** The URL of an instance; any number names one. */
  url(index: number): string;
  kill(index: number): void;
  /** Starts an instance that was killed, on another port. */
  launch(index: number): Promise<void>;
}

export interface ClusterOptions {
  readonly settings?: NodeJS.ProcessEnv;
  /** Returns the URL at which the instances find Redis. */
  readonly busUrl?: (url: string) => string | Promise<string>;
}

export async function startCluster(
  instances: number,
  { settings: own = {}, busUrl = (url) => url }: ClusterOptions = {},
): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-cluster-'));
  const [postgresql, redis] = await Promise.all([startPostgresql(), startRedis()]);
  const processes: ServerProcess[] = [];
  const urls: string[] = [];
  const redisUrl = await busUrl(redis.url);
  const launch = async (index: number) => {
    const settings = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: postgresql.url,
      REDIS_URL: redisUrl,
      DATABASE_CONNECT_TIMEOUT: '2000',
      SANDBOX_WAITING: '0',
      ...own,
    };
    const server = spawnServer(settings, folder);
    processes[index] = server;
    urls[index] = await server.url();
  };
  // One after the other: starting is the work of a processor.
  for (let index = 0; index < instances; index += 1) await launch(index);
  return {
    postgresql,
    redis,
    launch,
    url: (index) => urls[index % instances] ?? '',
    kill: (index) => void processes[index]?.child.kill('SIGKILL'),
  };
}
