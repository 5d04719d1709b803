import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { newDatabase } from '../support/database.ts';
import { programsAt } from '../support/executions.ts';
import { spawnServer } from '../support/process.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const WARNING = /Another server uses this database, and no Redis connects/;

async function startPair({ onTestFinished }: TestContext, settings: NodeJS.ProcessEnv = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-shared-'));
  const { url: DATABASE_URL, remove } = await newDatabase();
  const start = async () => {
    const server = spawnServer(
      { HOST: '127.0.0.1', PORT: '0', SANDBOX_WAITING: '0', DATABASE_URL, ...settings },
      folder,
    );
    return { ...server, programs: programsAt(`${await server.url()}/graphql`) };
  };
  const servers = [await start()];
  onTestFinished(async () => {
    for (const server of servers) {
      server.child.kill('SIGKILL');
      await server.exit();
    }
    await remove();
    await rm(folder, { recursive: true });
  });
  const addServer = async () => {
    const server = await start();
    servers.push(server);
    return server;
  };
  const [first] = servers;
  if (!first) throw new Error('No server');
  return { first, addServer };
}

const ENDLESS = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' } as const;

test.concurrent('a server that starts beside another one leaves its programs, and both say once that no Redis connects them', async (context) => {
  const { first, addServer } = await startPair(context);
  const id = await first.programs.start(ENDLESS);
  const second = await addServer();
  await Promise.all([first.waitFor(WARNING), second.waitFor(WARNING)]);

  // By now the second has looked for abandoned executions several times.
  expect(await second.programs.find(id)).toMatchObject({ status: 'RUNNING' });
  expect(await second.programs.cancel(id)).toMatchObject({ __typename: 'CancelExecutionPayload' });
  await expect.poll(() => first.programs.find(id)).toMatchObject({ status: 'CANCELLED' });
  for (const server of [first, second]) expect(server.output().split(WARNING)).toHaveLength(2);
});

test.concurrent('servers that a Redis connects say nothing', { skip: !hasRedis }, async (context) => {
  const redis = await startRedis();
  context.onTestFinished(redis.stop);
  const connected = await startPair(context, { REDIS_URL: redis.url });
  const servers = [connected.first, await connected.addServer()];
  // A younger pair that nothing connects: when it warns, the older one has had the time to.
  const apart = await startPair(context);
  await (await apart.addServer()).waitFor(WARNING);
  for (const server of servers) expect(server.output()).not.toMatch(WARNING);
});
