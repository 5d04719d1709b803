import { existsSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { databaseUrl, sql } from '../support/migrations.ts';
import { type ServerProcess, spawnServer } from '../support/process.ts';

function start(url: string, settings: NodeJS.ProcessEnv = {}): ServerProcess {
  const server = spawnServer(
    { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: url, SANDBOX_WAITING: '0', ...settings },
    tmpdir(),
  );
  onTestFinished(() => void server.child.kill('SIGKILL'));
  return server;
}

async function clientOf(server: ServerProcess) {
  const url = await server.url();
  return clientsOf({ api: `${url}/api/v1`, graphql: `${url}/graphql` }).REST;
}

test('a second server on the same file gives up, and says who has it and what to do', async () => {
  const url = await databaseUrl();
  const first = start(url);
  await first.url();
  const second = start(url, { DATABASE_START_TIMEOUT: '1', LOG_LEVEL: 'error' });
  expect(await second.exit()).toBe(1);
  expect(second.output()).toMatch(
    new RegExp(
      `^.*scratch.db cannot be opened \\(in use by process ${first.child.pid} on ${hostname()} since 20[-:T.0-9]+Z\\): stop the process .*PostgreSQL\n$`,
    ),
  );
  await clientOf(first).then((client) => client.createSession());
  expect(await sql(url, 'SELECT count(*) AS count FROM Session')).toEqual([{ count: 1 }]);
});

test('a second server waits, and takes over at once when the first is killed', async () => {
  const url = await databaseUrl();
  const first = start(url);
  const { value } = await (await clientOf(first)).createSession({ code: 'kept' });
  const second = start(url);
  await second.waitFor(/in use by process.*Waiting for the database/);
  first.child.kill('SIGKILL');
  const session = await (await clientOf(second)).getSession(value?.id ?? '');
  expect(session).toMatchObject({ code: 'kept' });
});

test('a server that ends leaves nothing but the database and its lock', async () => {
  const url = await databaseUrl();
  const server = start(url);
  await server.url();
  const file = url.replace('file:', '');
  expect(existsSync(`${file}-owner`)).toBe(true);
  server.child.kill('SIGTERM');
  expect(await server.exit()).toBe(0);
  for (const rest of ['-owner', '-wal', '-shm', '-lock-journal']) expect(existsSync(file + rest)).toBe(false);
});
