import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { UpdatePresenceInput } from '../generated/graphql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { openEventStream } from '../support/event-stream.ts';
import { query } from '../support/graphql.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';
import { subscribe } from '../support/subscribe.ts';

const Watch = graphql(`
  subscription WatchPresence($id: ID!) {
    presence(sessionId: $id) { users { userId cursor selection typing } }
  }
`);
const Seqs = graphql(`subscription SeqsOnly($id: ID!) { sessionEvents(sessionId: $id) { seq } }`);
const Users = graphql(`query Seen($id: ID!) { session(id: $id) { users { id online lastSeenAt } } }`);
const Update = graphql(`
  mutation Update($input: UpdatePresenceInput!) {
    updatePresence(input: $input) {
      __typename
      ... on UpdatePresencePayload { presence { cursor selection typing } }
      ... on Error { code message }
      ... on InvalidInputError { field }
    }
  }
`);

/** Ways of naming a user; each answers how to cut the connection. */
const CONNECTIONS = {
  WebSocket: async (server: TestServer, params: { sessionId: string; userId: string }) => {
    const { raw } = await openSocket(server.graphql, { params });
    return () => raw.terminate();
  },
  SSE: async (server: TestServer, { sessionId, userId }: { sessionId: string; userId: string }) => {
    const url = `${server.api}/sessions/${sessionId}/events`;
    const headers = { 'x-session-id': sessionId, 'x-user-id': userId };
    const { status, stop } = await openEventStream(url, headers);
    if (status !== 200) throw new Error(`Status ${status}`);
    return stop;
  },
};
type Transport = keyof typeof CONNECTIONS;

async function newUser(server: TestServer, id?: string) {
  const { REST } = clientsOf(server);
  const sessionId = id ?? (await REST.createSession()).value?.id ?? '';
  return { sessionId, userId: (await REST.join(sessionId)).value?.id ?? '' };
}

async function connect(
  transport: Transport,
  server: TestServer,
  user: { sessionId: string; userId: string },
) {
  const cut = await CONNECTIONS[transport](server, user);
  onTestFinished(cut);
  return cut;
}

function watch(server: TestServer, sessionId: string) {
  const stream = subscribe('WebSocket', server.graphql, Watch, { id: sessionId });
  onTestFinished(stream.stop);
  return async () => (await stream.data()).presence.users;
}

const usersOf = async (server: TestServer, { sessionId }: { sessionId: string }) =>
  (await query(server.graphql, Users, { id: sessionId })).session?.users ?? [];
const update = async (server: TestServer, input: UpdatePresenceInput) =>
  (await query(server.graphql, Update, { input })).updatePresence;

describe.each(['WebSocket', 'SSE'] as const)('presence over %s', (transport) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  test('a user is online while one of its connections lives, and stays a member', async () => {
    const user = await newUser(server);
    expect(await usersOf(server, user)).toEqual([{ id: user.userId, online: false, lastSeenAt: null }]);
    const next = watch(server, user.sessionId);
    expect(await next()).toEqual([]);

    const cuts = [await connect(transport, server, user), await connect(transport, server, user)];
    expect(await next()).toEqual([{ userId: user.userId, cursor: null, selection: null, typing: false }]);
    expect(await usersOf(server, user)).toMatchObject([{ online: true, lastSeenAt: expect.any(String) }]);
    const { connections } = server.app;
    const count = () => connections.count('websocket') + connections.count('sse');
    const open = count();
    cuts[0]?.();
    await expect.poll(count).toBe(open - 1);
    expect(await usersOf(server, user)).toMatchObject([{ online: true }]);
    const cut = Date.now();
    cuts[1]?.();
    expect(await next()).toEqual([]);
    expect(await usersOf(server, user)).toMatchObject([{ id: user.userId, online: false }]);
    const lastSeen = async () => Date.parse((await usersOf(server, user))[0]?.lastSeenAt ?? '');
    await expect.poll(lastSeen).toBeGreaterThanOrEqual(cut);
  });

  test('a reconnect does not count against the ten, and another joins as the eleventh in vain', async () => {
    const user = await newUser(server);
    for (let count = 1; count < 10; count += 1) await newUser(server, user.sessionId);
    for (let count = 0; count < 12; count += 1) (await connect(transport, server, user))();
    expect(await usersOf(server, user)).toHaveLength(10);
    const { failure } = await clientsOf(server).REST.join(user.sessionId);
    expect(failure?.code).toBe('SESSION_AT_CAPACITY');
  });

  test('what a user does is told, and gone with its connection', async () => {
    const user = await newUser(server);
    const cut = await connect(transport, server, user);
    const next = watch(server, user.sessionId);
    await next();
    const does = { cursor: { line: 3, column: 7 }, selection: [1, 2], typing: true };
    expect(await update(server, { ...user, ...does })).toMatchObject({ presence: does });
    expect(await next()).toEqual([{ userId: user.userId, ...does }]);
    await update(server, { ...user, selection: null });
    expect(await next()).toEqual([{ userId: user.userId, ...does, selection: null }]);
    cut();
    expect(await next()).toEqual([]);
    await connect(transport, server, user);
    expect(await next()).toEqual([{ userId: user.userId, cursor: null, selection: null, typing: false }]);
  });

  test('a user who leaves, or whose session is deleted, is online no longer', async () => {
    const user = await newUser(server);
    await connect(transport, server, user);
    const stream = subscribe('SSE', server.graphql, Watch, { id: user.sessionId });
    onTestFinished(stream.stop);
    expect((await stream.data()).presence.users).toHaveLength(1);
    await clientsOf(server).REST.leave(user.sessionId, user.userId);
    expect((await stream.data()).presence.users).toEqual([]);
    await clientsOf(server).REST.deleteSession(user.sessionId);
    expect(await stream.next()).toBeUndefined();
  });

  test('the connection of a user who left takes nobody’s stream with it', async () => {
    const user = await newUser(server);
    const cut = await connect(transport, server, user);
    await clientsOf(server).REST.leave(user.sessionId, user.userId);
    const other = subscribe('WebSocket', server.graphql, Seqs, { id: user.sessionId });
    onTestFinished(other.stop);
    await expect.poll(() => server.app.events.broadcaster.position(user.sessionId)).toBe(3);
    cut();
    const { connections } = server.app;
    await expect.poll(() => [connections.count('websocket'), connections.count('sse')]).toEqual([1, 0]);
    // Time for the stream to be ended. A slow machine can only let the test pass wrongly, never fail.
    await pause(100);
    await clientsOf(server).REST.updateSession(user.sessionId, { code: 'x' });
    expect(await other.data()).toEqual({ sessionEvents: { seq: 4 } });
  });

  test('a connection that names nobody who is there is refused', async () => {
    const { sessionId } = await newUser(server);
    for (const userId of ['nobody00', 'Not\u0000An-Id']) {
      if (transport === 'WebSocket') {
        const socket = await openSocket(server.graphql, { params: { sessionId, userId } });
        expect(await socket.closed).toBe(4403);
      } else if (!userId.includes('\0')) {
        await expect(connect(transport, server, { sessionId, userId })).rejects.toThrow('Status 404');
      }
    }
  });
});

describe('presence', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  test('comes at most twenty times a second, the newest at the end', async () => {
    const user = await newUser(server);
    await connect('WebSocket', server, user);
    const next = watch(server, user.sessionId);
    await next();
    const start = performance.now();
    for (let cursor = 1; cursor <= 200; cursor += 1) await update(server, { ...user, cursor });
    let updates = 0;
    for (let cursor: unknown = 0; cursor !== 200; updates += 1) cursor = (await next())[0]?.cursor;
    expect(updates).toBeLessThanOrEqual(((performance.now() - start) / 1_000) * 20 + 2);
    expect(updates).toBeGreaterThan(1);
  });

  test('is never in the log', async () => {
    const user = await newUser(server);
    await connect('WebSocket', server, user);
    await update(server, { ...user, typing: true });
    const { events } = await (await fetch(`${server.api}/sessions/${user.sessionId}/events`)).json();
    expect(events.map(({ type }: { type: string }) => type)).toEqual(['SessionCreated', 'UserJoined']);
  });

  test('is bounded, and needs a connection', async () => {
    const user = await newUser(server);
    expect(await update(server, { ...user, typing: true })).toMatchObject({ code: 'USER_OFFLINE' });
    expect(await update(server, { ...user, userId: 'nobody00', typing: true })).toMatchObject({
      code: 'USER_NOT_FOUND',
    });
    await connect('WebSocket', server, user);
    const large = 'x'.repeat(600);
    expect(await update(server, { ...user, cursor: large })).toMatchObject({ presence: { cursor: large } });
    for (const input of [
      { selection: large },
      { selection: 'x'.repeat(2_000) },
      { selection: nested(1_000) },
    ]) {
      expect(await update(server, { ...user, ...input })).toMatchObject({
        code: 'INVALID_REQUEST',
        field: 'selection',
      });
    }
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let count = 0; count < depth; count += 1) value = [value];
  return value;
}

test('a user who is away for as long as the operator says is removed; one who is there is not', async () => {
  const server = await startTestServer({ OFFLINE_USER_TIMEOUT: '1000' });
  onTestFinished(server.close);
  const there = await newUser(server);
  const never = await newUser(server, there.sessionId);
  await connect('WebSocket', server, there);
  const ids = async () => (await usersOf(server, there)).map(({ id }) => id);
  // By the time that the second one is removed, `there` has been connected for longer than the time.
  for (let count = 0; count < 2; count += 1) {
    const away = await newUser(server, there.sessionId);
    expect(away.userId).not.toBe('');
    (await connect('WebSocket', server, away))();
    await expect.poll(ids).toEqual([there.userId, never.userId]);
  }
});

test.each(['before', 'after'])(
  'a user who comes back, %s the turn to be removed has come, stays',
  async (when) => {
    const server = await startTestServer({ OFFLINE_USER_TIMEOUT: '1000' });
    onTestFinished(server.close);
    const { db, writers } = server.app;
    const [other, user] = [await newUser(server), await newUser(server)];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { sessionId } = when === 'before' ? other : user;
    void writers.run(sessionId, () => held);
    const sweeps = vi.spyOn(db.lastSeen, 'findMany');
    const lastListed = async () => (await sweeps.mock.results.at(-1)?.value) ?? [];
    // Who was seen first is removed first.
    await db.lastSeen.createMany({
      data: [
        { ...other, at: new Date(0) },
        { ...user, at: new Date(1) },
      ],
    });
    await expect.poll(lastListed).toMatchObject([other, user]);
    await connect('WebSocket', server, user);
    const { length } = sweeps.mock.calls;
    release();
    // The next sweep comes when this one is done.
    await expect.poll(() => sweeps.mock.calls.length).toBeGreaterThan(length);
    expect(await usersOf(server, other)).toEqual([]);
    expect(await usersOf(server, user)).toMatchObject([{ id: user.userId, online: true }]);
  },
);

// One SQLite file has one server.
describe.runIf(hasRedis && inject('postgresqlUrl'))('presence over two instances', () => {
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

  test('a user of one is online on the other, is changed from there, and goes', async () => {
    const user = await newUser(first);
    const next = watch(second, user.sessionId);
    expect(await next()).toEqual([]);
    const cut = await connect('WebSocket', first, user);
    expect(await next()).toMatchObject([{ userId: user.userId }]);
    expect(await usersOf(second, user)).toMatchObject([{ online: true }]);
    expect(await update(second, { ...user, typing: true })).toMatchObject({ presence: { typing: true } });
    expect(await next()).toMatchObject([{ typing: true }]);
    const other = await connect('WebSocket', second, user);
    cut();
    await expect.poll(() => first.app.connections.count('websocket')).toBe(0);
    await expect.poll(() => usersOf(first, user)).toMatchObject([{ online: true }]);
    other();
    await expect.poll(() => usersOf(first, user)).toMatchObject([{ online: false }]);
  });

  test('a user who left while Redis was away is online no longer, whatever came after', async () => {
    const user = await newUser(first);
    await connect('WebSocket', second, user);
    const next = watch(second, user.sessionId);
    expect(await next()).toHaveLength(1);
    const restarted = redis.restart();
    await clientsOf(first).REST.leave(user.sessionId, user.userId);
    await clientsOf(first).REST.updateSession(user.sessionId, { code: 'x' });
    await restarted;
    expect(await next()).toEqual([]);
  });

  test('heals after Redis was away', async () => {
    const user = await newUser(first);
    const next = watch(second, user.sessionId);
    await next();
    const restarted = redis.restart();
    await connect('WebSocket', first, user);
    await restarted;
    expect(await next()).toMatchObject([{ userId: user.userId }]);
  });
});
