import { tmpdir } from 'node:os';
import Database from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { databaseUrl, sql } from '../support/migrations.ts';
import { spawnServer } from '../support/process.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { storedSession } from '../support/stored-session.ts';

async function start(settings: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const server = await startTestServer(settings);
  onTestFinished(server.close);
  return server;
}

async function newSession(server: TestServer): Promise<string> {
  return (await clientsOf(server).REST.createSession()).value?.id ?? '';
}

function changeCode(server: TestServer, id: string, code: string): Promise<Response> {
  return fetch(`${server.api}/sessions/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
}

const COUNT_SLOWLY = `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000000)
  SELECT count(*) AS count FROM numbers`;

test('requests are answered while a statement runs', async () => {
  const server = await start();
  const ended: string[] = [];
  const counted = server.app.db.$queryRawUnsafe(COUNT_SLOWLY).then(() => ended.push('statement'));
  for (let index = 0; index < 5; index += 1) {
    expect((await fetch(`${server.api}/health`)).status).toBe(200);
    ended.push('request');
  }
  await counted;
  expect(ended.at(-1)).toBe('statement');
});

test('requests are answered while another process writes; a change waits for it and is stored', async () => {
  const url = await databaseUrl();
  const server = await start({ DATABASE_URL: url });
  const id = await newSession(server);
  const other = new Database(url.replace('file:', ''));
  onTestFinished(() => void other.close());
  other.exec('BEGIN IMMEDIATE');
  let changed = false;
  const change = clientsOf(server).REST.updateSession(id, { code: 'waited' });
  void change.then(() => {
    changed = true;
  });
  for (let index = 0; index < 20; index += 1) {
    expect((await fetch(`${server.api}/health`)).status).toBe(200);
  }
  expect(changed).toBe(false);
  other.exec('COMMIT');
  expect((await change).failure).toBeUndefined();
  expect(await clientsOf(server).REST.getSession(id)).toMatchObject({ code: 'waited' });
});

test('a change that waits for another process too long fails; what is answered later is stored', async () => {
  const url = await databaseUrl();
  const server = await start({ DATABASE_URL: url, DATABASE_STATEMENT_TIMEOUT: '300' });
  const { db } = server.app;
  const id = await newSession(server);
  const rename = (code: string) => db.session.updateMany({ where: { id }, data: { code } });
  const stored = () => sql(url, 'SELECT code FROM Session');
  const other = new Database(url.replace('file:', ''));
  onTestFinished(() => void other.close());
  other.exec('BEGIN IMMEDIATE');
  const patch = () => changeCode(server, id, 'in a transaction');
  expect((await patch()).status).toBe(503);
  await expect(rename('by itself')).rejects.toMatchObject({ code: 'P1008' });
  other.exec('COMMIT');
  expect((await patch()).status).toBe(200);
  expect(await stored()).toEqual([{ code: 'in a transaction' }]);
  await rename('by itself');
  expect(await stored()).toEqual([{ code: 'by itself' }]);
});

test('a transaction that takes too long is undone, and what waited for it goes on', async () => {
  const server = await start({ DATABASE_STATEMENT_TIMEOUT: '300' });
  const { db } = server.app;
  const id = await newSession(server);
  const change = (code: string) => ({ where: { id }, data: { code } });
  let release = () => {};
  const hung = db.$transaction(async (tx) => {
    await tx.session.update(change('undone'));
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  const outside = db.session.findUnique({ where: { id } });
  const next = db.$transaction(async (tx) => tx.session.update(change('stored')));
  expect(await outside).not.toMatchObject({ code: 'undone' });
  expect(await next).toMatchObject({ code: 'stored' });
  release();
  await expect(hung).rejects.toMatchObject({ code: 'P2028' });
  expect(await storedSession(db, id)).toMatchObject({ code: 'stored' });
});

test('a transaction that waits too long for another one is refused, and holds up nobody later', async () => {
  const server = await start({ DATABASE_CONNECT_TIMEOUT: '100' });
  const { db } = server.app;
  await newSession(server);
  const late = { reached: false };
  await db.$transaction(async (tx) => {
    await tx.session.count();
    const refused = db.$transaction(async () => {
      late.reached = true;
    });
    await expect(refused).rejects.toMatchObject({ code: 'P2028' });
  });
  expect(await db.$transaction((tx) => tx.session.count())).toBe(1);
  expect(late.reached).toBe(false);
});

test('a transaction that is rolled back leaves nothing, and statements outside of it do not see it', async () => {
  const server = await start();
  const { db } = server.app;
  const id = await newSession(server);
  const outside: Promise<number>[] = [];
  const failed = db.$transaction(async (tx) => {
    await tx.session.delete({ where: { id } });
    outside.push(db.session.count(), db.session.count());
    expect(await tx.session.count()).toBe(0);
    throw new Error('undo');
  });
  await expect(failed).rejects.toThrow('undo');
  expect(await Promise.all(outside)).toEqual([1, 1]);
});

/** Ends every thread of the process at SIGUSR2. */
const ENDS_THREADS = `import threads from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';
threads.Worker = class extends threads.Worker {
  constructor(...args) { super(...args); process.once('SIGUSR2', () => this.terminate()); }
};
syncBuiltinESMExports();`;

test('a server whose database thread dies says so and ends', async () => {
  const preload = `data:text/javascript,${encodeURIComponent(ENDS_THREADS)}`;
  const server = spawnServer(
    {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: await databaseUrl(),
      SANDBOX_WAITING: '0',
      NODE_OPTIONS: `--import=${preload}`,
    },
    tmpdir(),
  );
  await server.url();
  server.child.kill('SIGUSR2');
  expect(await server.exit()).toBe(1);
  expect(server.output()).toMatch(/"level":60.*thread of the SQLite database ended.*can store nothing/);
});
