import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { closeAbandoned } from '../../src/executions/abandoned.ts';
import { graphql } from '../generated/gql.ts';
import { newDatabase } from '../support/database.ts';
import { programsAt, textOf } from '../support/executions.ts';
import { request } from '../support/graphql.ts';
import { spawnServer } from '../support/process.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const WatchEnds = graphql(`
  subscription WatchEnds($sessionId: ID!) {
    sessionEvents(sessionId: $sessionId) {
      __typename
      ... on ExecutionFinished { execution { id status error } }
    }
  }
`);

const WriteElsewhere = graphql(`
  mutation WriteElsewhere($executionId: ID!) {
    writeStdin(input: { executionId: $executionId, data: "x" }) { __typename }
  }
`);

const ECHO = `
import sys
for line in sys.stdin:
    sys.stdout.write(line.upper())
    sys.stdout.flush()`;

const ENDLESS = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' } as const;

describe.runIf(hasRedis)('executions on two instances', () => {
  let redis: RedisServer;
  let settings: NodeJS.ProcessEnv;
  let first: TestServer;
  let second: TestServer;
  let here: ReturnType<typeof programsAt>;
  let there: ReturnType<typeof programsAt>;
  beforeAll(async () => {
    redis = await startRedis();
    const { url } = await newDatabase();
    settings = { DATABASE_URL: url, REDIS_URL: redis.url, LOG_LEVEL: 'silent', MAX_RUNNING: '2' };
    const start = () => startTestServer(settings, { programs: true });
    [first, second] = await Promise.all([start(), start()]);
    here = programsAt(first.graphql);
    there = programsAt(second.graphql);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await redis.stop();
  });

  /** Until the end of the test the instance tells the others nothing. */
  const loseMessagesOf = (server: TestServer) =>
    vi.spyOn(server.app.bus, 'publish').mockImplementation(() => {});

  const chunkCount = (executionId: string) => first.app.db.executionChunk.count({ where: { executionId } });

  const statusIs = (id: string, status: string) =>
    expect.poll(() => there.find(id)).toMatchObject({ status });

  test('a program is followed and typed into from the other one', async () => {
    const id = await here.start({ language: 'PYTHON', code: ECHO });
    const output = there.follow(id);
    expect(await there.write(id, 'ada\n')).toMatchObject({ execution: { id } });
    expect(await output.chunk()).toEqual({ seq: 1, stream: 'STDOUT', text: 'ADA\n' });
    await there.write(id, 'grace\n', true);
    expect(textOf(await output.rest())).toBe('GRACE\n');
    expect(await there.write(id, 'x')).toMatchObject({
      code: 'EXECUTION_NOT_RUNNING',
      message: expect.stringMatching(/has already ended/),
    });
  });

  test('why input is not taken is told from the other one', async () => {
    const id = await here.start({ ...ENDLESS, stdin: '' });
    expect(await there.write(id, 'x')).toMatchObject({
      code: 'EXECUTION_NOT_RUNNING',
      message: expect.stringMatching(/standard input is closed/),
    });
    await here.cancel(id);
  });

  test('a program is cancelled from the other one, once', async () => {
    const id = await here.start(ENDLESS);
    await statusIs(id, 'RUNNING');
    expect(await there.cancel(id)).toMatchObject({ __typename: 'CancelExecutionPayload' });
    await statusIs(id, 'CANCELLED');
    expect(await there.cancel(id)).toMatchObject({ code: 'EXECUTION_NOT_RUNNING' });
  });

  test('a waiting program takes input and is cancelled from the other one', async () => {
    const blockers = [await here.start(ENDLESS), await here.start(ENDLESS)];
    const [waiting, unwanted] = [
      await here.start({ language: 'PYTHON', code: ECHO }),
      await here.start({ language: 'PYTHON', code: ECHO }),
    ];
    await there.write(waiting, 'early\n', true);
    await there.cancel(unwanted);
    await statusIs(unwanted, 'CANCELLED');
    expect(await there.find(unwanted)).toMatchObject({ startedAt: null });
    const output = there.follow(waiting);
    for (const id of blockers) await there.cancel(id);
    expect(textOf(await output.rest())).toBe('EARLY\n');
  });

  test('a crowd on the other one is read for once', async () => {
    const id = await here.start({ language: 'PYTHON', code: ECHO });
    const crowd = Array.from({ length: 10 }, () => there.follow(id));
    await here.write(id, 'a\n');
    for (const output of crowd) expect(await output.chunk()).toMatchObject({ text: 'A\n' });
    const reads = vi.spyOn(second.app.db.executionChunk, 'findMany');
    await here.write(id, 'b\n');
    for (const output of crowd) expect(await output.chunk()).toMatchObject({ text: 'B\n' });
    // Each look for what no message told of reads once more.
    expect(reads.mock.calls.length).toBeGreaterThanOrEqual(1);
    expect(reads.mock.calls.length).toBeLessThan(crowd.length);
    await here.cancel(id);
  });

  test('output and the end arrive late, but arrive, when no message does', async () => {
    const id = await here.start({ language: 'PYTHON', code: ECHO });
    const output = there.follow(id);
    await expect.poll(() => second.app.output.broadcaster.keys.includes(id)).toBe(true);
    loseMessagesOf(first);
    await here.write(id, 'unheard\n', true);
    expect(textOf(await output.rest())).toBe('UNHEARD\n');
  });

  test('a chunk whose message was lost comes before the next one that is heard of', async () => {
    const id = await here.start({ language: 'PYTHON', code: ECHO });
    const output = there.follow(id);
    await expect.poll(() => second.app.output.broadcaster.keys.includes(id)).toBe(true);
    const lost = loseMessagesOf(first);
    await here.write(id, 'unheard\n');
    await expect.poll(() => chunkCount(id)).toBe(1);
    lost.mockRestore();
    await here.write(id, 'heard\n', true);
    expect(await output.rest()).toMatchObject([
      { seq: 1, text: 'UNHEARD\n' },
      { seq: 2, text: 'HEARD\n' },
    ]);
  });

  test('an execution that another instance has closed stays closed, and its program is ended', async () => {
    const sessionId = await here.newSession();
    const id = await here.start({ ...ENDLESS, sessionId });
    await statusIs(id, 'RUNNING');
    const { db, instances } = first.app;
    await db.instance.update({ where: { id: instances.id }, data: { until: new Date(0) } });
    await closeAbandoned(second.app);
    await expect.poll(() => first.app.executions.ids()).not.toContain(id);
    expect(await there.find(id)).toMatchObject({ status: 'SANDBOX_ERROR' });
    expect(await first.app.db.sessionEvent.count({ where: { sessionId, type: 'ExecutionFinished' } })).toBe(
      1,
    );
  });

  test('a program is cancelled late, but cancelled, when no message arrives', async () => {
    const id = await here.start(ENDLESS);
    loseMessagesOf(second);
    expect(await there.cancel(id)).toMatchObject({ __typename: 'CancelExecutionPayload' });
    await statusIs(id, 'CANCELLED');
  });

  test('input that nobody answers for is an error in a bounded time', async () => {
    const id = await here.start(ENDLESS);
    loseMessagesOf(second);
    const { errors } = await request(second.graphql, WriteElsewhere, { executionId: id });
    expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    await here.cancel(id);
  });

  test('what a killed instance ran, and that alone, is closed and told by the others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeinterview-lost-'));
    const lost = spawnServer({ ...settings, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info' }, folder);
    const url = await lost.url();
    const alive = await here.start(ENDLESS);
    const sessionId = await there.newSession();
    const code = 'console.log("before"); setInterval(() => {}, 1000)';
    const id = await programsAt(`${url}/graphql`).start({ language: 'JAVASCRIPT', code, sessionId });
    const events = subscribe('WebSocket', second.graphql, WatchEnds, { sessionId });
    onTestFinished(events.stop);
    const output = there.follow(id);
    expect(await output.chunk()).toMatchObject({ text: 'before\n' });
    lost.child.kill('SIGKILL');

    let event = (await events.data()).sessionEvents;
    if (event.__typename === 'ExecutionStarted') event = (await events.data()).sessionEvents;
    expect(event).toEqual({
      __typename: 'ExecutionFinished',
      execution: { id, status: 'SANDBOX_ERROR', error: 'The server stopped while the program ran' },
    });
    expect(await output.rest()).toEqual([]);
    expect(await there.find(id)).toMatchObject({ stdout: 'before\n' });
    // It has run for longer than a lease by now, which its instance renews.
    expect(await there.find(alive)).toMatchObject({ status: 'RUNNING' });
    await here.cancel(alive);
    await statusIs(alive, 'CANCELLED');
  });
});
