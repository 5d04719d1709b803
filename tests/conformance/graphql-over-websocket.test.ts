import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../support/server.ts';

// The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A client that sends what it is told and keeps what comes. */
async function connect(protocols: string | string[] = 'graphql-transport-ws') {
  const socket = new WebSocket(server.graphql.replace('http', 'ws'), protocols);
  onTestFinished(() => socket.terminate());
  const received: unknown[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  let wire: Socket | undefined;
  socket.on('upgrade', (response) => {
    wire = response.socket;
  });
  await once(socket, 'open');
  return {
    socket,
    /** What it is made of: corked, it sends several messages in one piece. */
    wire: () => wire,
    received,
    closed,
    send: (message: object | string) =>
      socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    /** Resolves once so many messages have come. */
    get: async (count: number) => {
      await expect.poll(() => received.length).toBe(count);
      return received;
    },
  };
}

async function connectAndInit() {
  const client = await connect();
  client.send({ type: 'connection_init' });
  await client.get(1);
  return client;
}

async function newSession(): Promise<string> {
  return (await (await fetch(`${server.api}/sessions`, { method: 'POST' })).json()).id;
}

const watch = (sessionId: string, id = '1') => ({
  id,
  type: 'subscribe',
  payload: { query: `subscription { session(id: "${sessionId}") { seq } }` },
});
const health = { id: '1', type: 'subscribe', payload: { query: '{ health { status } }' } };

describe('the socket', () => {
  test('agrees on graphql-transport-ws, among others that the client offers', async () => {
    const { socket } = await connect(['graphql-ws', 'graphql-transport-ws']);
    expect(socket.protocol).toBe('graphql-transport-ws');
  });

  test('without a subprotocol is closed with 4406', async () => {
    const { closed } = await connect([]);
    expect(await closed).toBe(4406);
  });

  test('is granted no other subprotocol, so that the client breaks off', async () => {
    await expect(connect(['graphql-ws'])).rejects.toThrow('Server sent no subprotocol');
  });

  test('is acknowledged after connection_init', async () => {
    const client = await connect();
    client.send({ type: 'connection_init', payload: { any: 'thing' } });
    expect(await client.get(1)).toEqual([{ type: 'connection_ack' }]);
  });

  test('without connection_init is closed with 4408', async () => {
    const { closed } = await connect();
    expect(await closed).toBe(4408);
  });

  test('with a second connection_init is closed with 4429', async () => {
    const { send, closed } = await connectAndInit();
    send({ type: 'connection_init' });
    expect(await closed).toBe(4429);
  });

  test.each(['next', 'error', 'connection_ack'])(
    'with a %s, which a server sends, is closed with 4400',
    async (type) => {
      const { send, closed } = await connectAndInit();
      send({ id: '1', type, payload: type === 'error' ? [{ message: 'x' }] : {} });
      expect(await closed).toBe(4400);
    },
  );

  test('with a subscribe before the acknowledgement is closed with 4401', async () => {
    const { send, closed } = await connect();
    send(health);
    expect(await closed).toBe(4401);
  });

  test.each([
    ['no JSON', '{'],
    ['an unknown type', { type: 'start' }],
    ['a subscribe without an id', { type: 'subscribe', payload: health.payload }],
    ['a subscribe without a query', { id: '1', type: 'subscribe', payload: {} }],
    ['a subscribe with a query that is no text', { ...health, payload: { query: 7 } }],
  ])('with %s is closed with 4400', async (_, message) => {
    const { send, closed } = await connectAndInit();
    send(message);
    expect(await closed).toBe(4400);
  });

  test('answers ping with pong and its payload, before connection_init too', async () => {
    const client = await connect();
    client.send({ type: 'ping', payload: { at: 7 } });
    expect(await client.get(1)).toEqual([{ type: 'pong', payload: { at: 7 } }]);
  });

  test('takes a pong that nobody asked for', async () => {
    const client = await connectAndInit();
    client.send({ type: 'pong' });
    client.send(health);
    expect(await client.get(3)).toContainEqual({ id: '1', type: 'complete' });
  });
});

describe('an operation', () => {
  test('may take the id of one that the client has just completed', async () => {
    const [client, sessionId] = [await connectAndInit(), await newSession()];
    client.send(watch(sessionId));
    await client.get(2);
    client.wire()?.cork();
    client.send({ type: 'complete', id: '1' });
    client.send(watch(sessionId));
    client.wire()?.uncork();
    const state = { id: '1', type: 'next', payload: { data: { session: { seq: 1 } } } };
    expect(await client.get(3)).toEqual([{ type: 'connection_ack' }, state, state]);
    await fetch(`${server.api}/sessions/${sessionId}`, { method: 'DELETE' });
    expect((await client.get(4)).at(-1)).toEqual({ id: '1', type: 'complete' });
  });

  test('that is a query gets next and complete', async () => {
    const client = await connectAndInit();
    client.send(health);
    expect((await client.get(3)).slice(1)).toEqual([
      { id: '1', type: 'next', payload: { data: { health: { status: 'ok' } } } },
      { id: '1', type: 'complete' },
    ]);
  });

  test.each(['1', 'ä'.repeat(300)])(
    'with the id of one that runs closes the socket with 4409: %s',
    async (id) => {
      const client = await connectAndInit();
      const watching = { ...watch(await newSession()), id };
      client.send(watching);
      await client.get(2);
      client.send(watching);
      expect(await client.closed).toBe(4409);
    },
  );

  test('may have the id of one that is complete', async () => {
    const client = await connectAndInit();
    client.send(health);
    await client.get(3);
    client.send(health);
    expect(await client.get(5)).toHaveLength(5);
  });

  test.each([
    ['a syntax error', '{'],
    ['an unknown field', '{ nothing }'],
  ])('with %s gets one error message, which ends it; the socket goes on', async (_, query) => {
    const client = await connectAndInit();
    client.send({ ...health, payload: { query } });
    expect((await client.get(2))[1]).toEqual({
      id: '1',
      type: 'error',
      payload: [expect.objectContaining({ message: expect.any(String) })],
    });
    client.send(health);
    expect((await client.get(4)).slice(2)).toMatchObject([{ type: 'next' }, { type: 'complete' }]);
  });

  test('that cannot start gets its errors as next, and complete', async () => {
    const client = await connectAndInit();
    client.send(watch('none'));
    expect((await client.get(3)).slice(1)).toMatchObject([
      { type: 'next', payload: { errors: [{ extensions: { code: 'SESSION_NOT_FOUND' } }] } },
      { type: 'complete' },
    ]);
  });

  test('that the server completes is told by complete', async () => {
    const client = await connectAndInit();
    const id = await newSession();
    client.send(watch(id));
    await client.get(2);
    await fetch(`${server.api}/sessions/${id}`, { method: 'DELETE' });
    expect((await client.get(3))[2]).toEqual({ id: '1', type: 'complete' });
  });

  test('that the client completes stops, and the others go on', async () => {
    const client = await connectAndInit();
    const [left, kept] = [await newSession(), await newSession()];
    client.send(watch(left, 'left'));
    client.send(watch(kept, 'kept'));
    await client.get(3);
    expect(server.app.states.broadcaster.keys).toContain(left);
    client.send({ id: 'left', type: 'complete' });
    await expect.poll(() => server.app.states.broadcaster.keys.includes(left)).toBe(false);
    for (const id of [left, kept]) await fetch(`${server.api}/sessions/${id}/users`, { method: 'POST' });
    expect((await client.get(4))[3]).toMatchObject({
      id: 'kept',
      payload: { data: { session: { seq: 2 } } },
    });
  });

  test('of a socket that goes away ends', async () => {
    const client = await connectAndInit();
    const id = await newSession();
    client.send(watch(id));
    await client.get(2);
    expect(server.app.states.broadcaster.keys).toContain(id);
    client.socket.terminate();
    await expect.poll(() => server.app.states.broadcaster.keys.includes(id)).toBe(false);
  });

  test('that the client completes at once never speaks, and one that was never known is no error', async () => {
    const client = await connectAndInit();
    const id = await newSession();
    client.send(watch(id, 'brief'));
    client.send({ id: 'brief', type: 'complete' });
    client.send({ id: 'unknown', type: 'complete' });
    client.send(health);
    expect((await client.get(3)).slice(1)).toMatchObject([{ id: '1' }, { id: '1' }]);
    await expect.poll(() => server.app.states.broadcaster.keys.includes(id)).toBe(false);
  });
});
