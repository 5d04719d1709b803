import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { startProxy } from '../support/proxy.ts';
import { startTestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const CodeAt = graphql(`
  subscription CodeAt($sessionId: ID!) {
    sessionEvents(sessionId: $sessionId, after: 1) { seq ... on SessionUpdated { session { code } } }
  }
`);

test('a connection that breaks after COMMIT was sent: an error, and a log without a gap', async () => {
  const { url } = await newDatabase();
  const proxy = await startProxy(url);
  onTestFinished(proxy.close);
  const throughProxy = new URL(url);
  throughProxy.port = new URL(proxy.url).port;
  const server = await startTestServer({ DATABASE_URL: throughProxy.href, LOG_LEVEL: 'silent' });
  onTestFinished(server.close);
  const client = clientsOf(server).REST;
  const [slow = '', ...others] = await Promise.all(
    [1, 2, 3].map(async () => (await client.createSession({ code: '0' })).value?.id ?? ''),
  );
  const stream = subscribe('WebSocket', server.graphql, CodeAt, { sessionId: slow });
  onTestFinished(stream.stop);

  const db = new pg.Client({ connectionString: url });
  await db.connect();
  onTestFinished(() => db.end());
  await db.query(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.data LIKE '%held%' THEN PERFORM pg_sleep(2); END IF; RETURN NULL; END $$`);
  // It runs as a part of COMMIT.
  await db.query(`CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON "SessionEvent"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()`);
  const sleepers = async () =>
    (await db.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount ?? 0;

  const held = client.updateSession(slow, { code: 'held' });
  await expect.poll(sleepers).toBe(1);
  const waiting = others.map((id) => client.updateSession(id, { code: 'waiting' }));
  proxy.cut();
  expect((await held).failure?.code).toBe('SERVICE_UNAVAILABLE');
  await expect.poll(sleepers).toBe(0);

  // It was stored all the same. What follows is the next event.
  await expect.poll(async () => (await client.getSession(slow))?.code).toBe('held');
  expect((await client.updateSession(slow, { code: 'next' })).value?.code).toBe('next');
  expect((await stream.data()).sessionEvents).toEqual({ seq: 2, session: { code: 'held' } });
  expect((await stream.data()).sessionEvents).toEqual({ seq: 3, session: { code: 'next' } });
  for (const [index, answer] of (await Promise.all(waiting)).entries()) {
    const stored = await client.getSession(others[index] ?? '');
    expect(stored?.code).toBe(answer.value ? 'waiting' : '0');
  }
});
