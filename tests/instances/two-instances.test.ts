import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const FollowSeqs = graphql(`
  subscription FollowSeqs($sessionId: ID!, $after: Int) {
    sessionEvents(sessionId: $sessionId, after: $after) { __typename seq }
  }
`);

const WatchCode = graphql(`subscription WatchCode($id: ID!) { session(id: $id) { seq code } }`);

describe.runIf(hasRedis)('two instances on one database', () => {
  let redis: RedisServer;
  let first: TestServer;
  let second: TestServer;
  beforeAll(async () => {
    redis = await startRedis();
    const { url } = await newDatabase();
    const settings = { DATABASE_URL: url, REDIS_URL: redis.url, LOG_LEVEL: 'silent' };
    [first, second] = await Promise.all([startTestServer(settings), startTestServer(settings)]);
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await redis.stop();
  });

  async function newSession(): Promise<string> {
    return (await clientsOf(first).REST.createSession({ code: '0' })).value?.id ?? '';
  }

  function follow(server: TestServer, sessionId: string) {
    const stream = subscribe('WebSocket', server.graphql, FollowSeqs, { sessionId, after: 0 });
    onTestFinished(stream.stop);
    return async () => (await stream.data()).sessionEvents;
  }

  const update = (server: TestServer, id: string, code: string) =>
    clientsOf(server).REST.updateSession(id, { code });

  test('a change on one reaches the subscribers of the other', async () => {
    const id = await newSession();
    const states = subscribe('SSE', second.graphql, WatchCode, { id });
    onTestFinished(states.stop);
    expect(await states.data()).toEqual({ session: { seq: 1, code: '0' } });
    await update(first, id, '1');
    expect(await states.data()).toEqual({ session: { seq: 2, code: '1' } });
  });

  test('an event that a message carries is read from no database by the other', async () => {
    const id = await newSession();
    const events = follow(second, id);
    const states = subscribe('SSE', second.graphql, WatchCode, { id });
    onTestFinished(states.stop);
    const reach = async (code: string, seq: number) => {
      await update(first, id, code);
      while ((await events()).seq < seq);
      while ((await states.data()).session.seq < seq);
    };
    // The first one that comes after the subscription needs the state before it.
    await reach('1', 2);
    await reach('2', 3);
    const { store } = second.app;
    const reads = [vi.spyOn(store, 'load'), vi.spyOn(store, 'events'), vi.spyOn(store, 'history')];
    await reach('3', 4);
    await reach('4', 5);
    expect(reads.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
    await reach('5'.repeat(20_000), 6);
    expect(reads.some(({ mock }) => mock.calls.length > 0)).toBe(true);
    vi.restoreAllMocks();
  });

  test('no read over one is older than a change that the other acknowledged before', async () => {
    const id = await newSession();
    const readers = [clientsOf(first), clientsOf(second)].flatMap(({ REST, GraphQL }) => [REST, GraphQL]);
    for (let count = 1; count <= 60; count += 1) {
      await update(count % 3 === 0 ? first : second, id, `${count}`);
      const read = await Promise.all(readers.map((client) => client.getSession(id)));
      expect(read.map((session) => session?.code)).toEqual(readers.map(() => `${count}`));
    }
    await clientsOf(first).REST.deleteSession(id);
    for (const client of readers) expect(await client.getSession(id)).toBeNull();
  });

  test('writers on both: every subscriber of both sees every event once and in order', async () => {
    const id = await newSession();
    const followers = [first, second, first, second].map((server) => follow(server, id));
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => update(n % 2 === 0 ? first : second, id, `${n + 1}`)),
    );
    for (const next of followers) {
      const seqs = [];
      while (seqs.length < 61) seqs.push((await next()).seq);
      expect(seqs).toEqual(Array.from({ length: 61 }, (_, n) => n + 1));
    }
  });

  test('joins over both never exceed ten, and no colour repeats', async () => {
    const id = await newSession();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => clientsOf(n % 2 === 0 ? first : second).REST.join(id)),
    );
    expect(answers.filter(({ value }) => value)).toHaveLength(10);
    const session = await clientsOf(first).REST.getSession(id);
    expect(new Set(session?.users.map(({ color }) => color)).size).toBe(10);
  });

  test('a deletion on one ends the streams of the other', async () => {
    const id = await newSession();
    const next = follow(second, id);
    expect(await next()).toMatchObject({ seq: 1 });
    await clientsOf(first).REST.deleteSession(id);
    expect(await next()).toEqual({ __typename: 'SessionDeleted', seq: 2 });
  });

  test('a deletion that nobody heard of ends the streams all the same', async () => {
    const id = await newSession();
    await update(first, id, '1');
    const stream = subscribe('WebSocket', second.graphql, FollowSeqs, { sessionId: id });
    onTestFinished(stream.stop);
    await expect.poll(() => second.app.events.broadcaster.position(id)).toBe(2);
    await first.app.db.session.deleteMany({ where: { id } });
    expect(await stream.data()).toEqual({ sessionEvents: { __typename: 'SessionDeleted', seq: 3 } });
    expect(await stream.next()).toBeUndefined();
  });

  test('what is changed while Redis is away arrives late, but arrives', async () => {
    const id = await newSession();
    const next = follow(second, id);
    expect(await next()).toMatchObject({ seq: 1 });
    const restarted = redis.restart();
    await update(first, id, 'unheard');
    await restarted;
    expect(await next()).toMatchObject({ seq: 2 });
    await update(first, id, 'heard');
    expect(await next()).toMatchObject({ seq: 3 });
  });
});
