import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../prisma/scratch.ts';
import { stopAtEnd } from './cleanup.ts';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  const message = 'redis-server is not installed: the tests of several instances cannot run';
  if (process.env['CI']) throw new Error(message);
  process.stderr.write(`${message} and are skipped\n`);
}

export interface RedisServer {
  readonly url: string;
  /** Kills it and starts it anew on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of the machine's own `redis-server` on a free port, until the end of the test file. */
export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-redis-'));
  const port = await freePort();
  let server = await launch(port, folder);
  const kill = async () => {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    restart: async () => {
      await kill();
      server = await launch(port, folder);
    },
    stop: stopAtEnd(async () => {
      await kill();
      await rm(folder, { recursive: true });
    }),
  };
}

async function launch(port: number, cwd: string): Promise<ChildProcess> {
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    cwd,
  });
  let said = '';
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (!said.includes('Ready to accept connections')) continue;
    server.stdout.resume();
    return server;
  }
  throw new Error(`Redis does not start: ${said}`);
}
