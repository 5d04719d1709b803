import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { programsAt } from '../support/executions.ts';
import { startProxy, through } from '../support/proxy.ts';
import { startTestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const CodeAt = graphql(`
  subscription CodeAt($sessionId: ID!) {
    sessionEvents(sessionId: $sessionId, after: 0) { seq ... on SessionUpdated { session { code } } }
  }
`);

/** A server behind a proxy, and a database that sleeps as a part of COMMIT where a row of the table meets the condition. */
async function startHeld(table: string, condition: string) {
  const { url } = await newDatabase();
  const proxy = await startProxy(url);
  onTestFinished(proxy.close);
  const settings = { DATABASE_URL: through(proxy, url), LOG_LEVEL: 'silent' };
  const server = await startTestServer(settings, { programs: true });
  onTestFinished(server.close);
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  onTestFinished(() => db.end());
  await db.query(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF ${condition} THEN PERFORM pg_sleep(2); END IF; RETURN NULL; END $$`);
  await db.query(`CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON "${table}"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()`);
  const sleepers = async () =>
    (await db.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount ?? 0;
  return { server, proxy, sleepers };
}

test('a connection that breaks after COMMIT was sent: an error, and a log without a gap', async () => {
  const { server, proxy, sleepers } = await startHeld('SessionEvent', "NEW.data LIKE '%held%'");
  const client = clientsOf(server).REST;
  const [slow = '', ...others] = await Promise.all(
    [1, 2, 3].map(async () => (await client.createSession({ code: '0' })).value?.id ?? ''),
  );
  const stream = subscribe('WebSocket', server.graphql, CodeAt, { sessionId: slow });
  onTestFinished(stream.stop);
  expect((await stream.data()).sessionEvents).toEqual({ seq: 1 });

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

test.each(['ExecutionStarted', 'ExecutionFinished'])(
  'a connection that breaks while %s is committed: the program ends, and each step is told once',
  async (step) => {
    const { server, proxy, sleepers } = await startHeld('SessionEvent', `NEW.type = '${step}'`);
    const programs = programsAt(server.graphql);
    const sessionId = await programs.newSession();
    const id = await programs.start({ language: 'JAVASCRIPT', code: 'console.log(1)', sessionId });
    await expect.poll(sleepers).toBe(1);
    proxy.cut();
    await expect
      .poll(() => programs.find(id).catch(() => null))
      .toMatchObject({ status: 'SUCCEEDED', stdout: '1\n' });
    const events = await server.app.db.sessionEvent.findMany({
      where: { sessionId },
      orderBy: { seq: 'asc' },
    });
    expect(events.map(({ type }) => type)).toEqual([
      'SessionCreated',
      'ExecutionStarted',
      'ExecutionFinished',
    ]);
  },
);

test('a connection that breaks while an execution is stored: an error, and no program that waits for ever', async () => {
  const { server, proxy, sleepers } = await startHeld('Execution', 'true');
  const programs = programsAt(server.graphql);
  const started = expect(programs.start({ language: 'JAVASCRIPT', code: '' })).rejects.toThrow(
    'SERVICE_UNAVAILABLE',
  );
  await expect.poll(sleepers).toBe(1);
  proxy.cut();
  await started;
  await expect
    .poll(() => server.app.db.execution.findMany())
    .toMatchObject([{ status: 'SANDBOX_ERROR', error: 'The server failed before the program started' }]);
});
