import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { clientsOf } from '../support/api-clients.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

const SESSION = 'subscription ($id: ID!) { session(id: $id) { seq } }';

let server: TestServer;
let id: string;
beforeAll(async () => {
  server = await startTestServer({
    MAX_SOCKETS_PER_ADDRESS: '3',
    MAX_OPERATIONS_PER_SOCKET: '2',
    BODY_LIMIT: '10000',
  });
  id = (await clientsOf(server).REST.createSession()).value?.id ?? '';
});
afterAll(() => server.close());

async function socket(options?: Parameters<typeof openSocket>[1], to = server) {
  const opened = await openSocket(to.graphql, options);
  onTestFinished(() => opened.raw.terminate());
  return opened;
}

describe('sockets of one address', () => {
  /** Opens one more; answers how to close it, or the status of the refusal. */
  const clients: Record<string, (address: string) => Promise<(() => void) | number>> = {
    WebSocket: (address) =>
      new Promise((resolve) => {
        const headers = { 'x-forwarded-for': address };
        const opened = new WebSocket(server.graphql.replace('http', 'ws'), 'graphql-transport-ws', {
          headers,
        });
        opened.on('open', () => {
          opened.send('{"type":"connection_init"}');
          resolve(() => opened.terminate());
        });
        opened.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
        opened.on('error', () => {});
      }),
    'GraphQL over SSE': (address) => stream(subscriptionUrl(server.graphql, SESSION, { id }), address),
    'REST over SSE': (address) => stream(`${server.api}/sessions/${id}/events`, address),
  };
  async function stream(url: string, address: string) {
    const { status, stop } = await openEventStream(url, { 'x-forwarded-for': address });
    return status === 200 ? stop : status;
  }

  test.each(Object.entries(clients))('%s: one too many is 429, until another closes', async (name, open) => {
    const address = `10.0.0.${name.length}`;
    const closers: (() => void)[] = [];
    onTestFinished(() => {
      for (const close of closers) close();
    });
    const openOne = async (from = address) => {
      const result = await open(from);
      if (typeof result === 'function') closers.push(result);
      return typeof result;
    };
    expect([await openOne(), await openOne(), await openOne()]).toEqual(['function', 'function', 'function']);
    expect(await open(address)).toBe(429);
    expect(await openOne('10.0.0.99')).toBe('function');
    closers[0]?.();
    await expect.poll(() => openOne()).toBe('function');
  });

  test('all transports count together', async () => {
    const closers = await Promise.all(Object.values(clients).map((open) => open('10.1.0.1')));
    onTestFinished(() => {
      for (const close of closers) if (typeof close === 'function') close();
    });
    for (const open of Object.values(clients)) expect(await open('10.1.0.1')).toBe(429);
  });
});

test('a refused upgrade is closed, even if its client keeps it half open', async () => {
  const { hostname, port } = new URL(server.url);
  const refused = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  onTestFinished(() => void refused.destroy());
  let answer = '';
  refused.on('data', (data) => {
    answer += data;
  });
  refused.on('error', () => {});
  refused.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await expect.poll(() => answer).toMatch(/^HTTP\/1.1 404 /);
  const isDestroyed = () => {
    refused.write('x');
    return refused.destroyed;
  };
  await expect.poll(isDestroyed).toBe(true);
});

describe('operations of one socket', () => {
  test('WebSocket: one too many is refused alone, until another has ended', async () => {
    const { subscribe, next, send } = await socket();
    for (const name of ['a', 'b', 'c']) subscribe(name, SESSION, { id });
    const answers = [await next(), await next(), await next()];
    expect(answers.find((answer) => answer?.type === 'error')).toMatchObject({
      id: 'c',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    send({ type: 'complete', id: 'a' });
    const again = () => {
      subscribe('d', SESSION, { id });
      return next();
    };
    await expect.poll(again).toMatchObject({ type: 'next', id: 'd' });
  });

  test('HTTP: a request is one operation', async () => {
    const body = JSON.stringify([{ query: '{ health { status } }' }, { query: '{ health { status } }' }]);
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(server.graphql, { method: 'POST', headers, body })).status).toBe(400);
  });
});

describe('time until connection_init', () => {
  test('WebSocket: 4408', async () => {
    const hasty = await startTestServer({ CONNECTION_INIT_TIMEOUT: '200' });
    onTestFinished(hasty.close);
    expect(await (await socket({ init: false }, hasty)).closed).toBe(4408);
  });
});

describe('message size', () => {
  test('WebSocket: 1009, and nothing on stderr', async () => {
    const stderr = vi.spyOn(process.stderr, 'write');
    const { raw, closed } = await socket();
    raw.send('x'.repeat(10_001));
    expect(await closed).toBe(1009);
    expect(stderr).not.toHaveBeenCalled();
    stderr.mockRestore();
  });

  test.each(['application/json', 'text/event-stream'])('HTTP with Accept %s: 413', async (accept) => {
    const headers = { 'content-type': 'application/json', accept };
    const body = JSON.stringify({ query: '{ health { status } }', variables: { x: 'x'.repeat(10_000) } });
    expect((await fetch(server.graphql, { method: 'POST', headers, body })).status).toBe(413);
  });
});

test('a shutdown cuts a client that does not answer the closing handshake', async () => {
  const closing = await startTestServer({ SHUTDOWN_TIMEOUT: '300' });
  const { raw } = await openSocket(closing.graphql);
  raw.pause();
  const start = performance.now();
  await closing.close();
  // The library itself would wait 30 seconds.
  expect(performance.now() - start).toBeLessThan(20_000);
});

describe('idle time', () => {
  test('WebSocket: a client that answers no ping is cut, one that does is not', async () => {
    // Long enough for an answer from this same process, however busy it is.
    const strict = await startTestServer({ HEARTBEAT_INTERVAL: '1000' });
    onTestFinished(strict.close);
    const deaf = await socket({ autoPong: false }, strict);
    const alive = await socket({}, strict);
    let pings = 0;
    alive.raw.on('ping', () => {
      pings += 1;
    });
    expect(await deaf.closed).toBe(1006);
    // A client that is cut at a ping gets no further one.
    await expect.poll(() => pings).toBeGreaterThan(2);
    expect(alive.raw.readyState).toBe(WebSocket.OPEN);
  });

  describe('over SSE a comment comes each heartbeat', () => {
    let lively: TestServer;
    let sessionId: string;
    beforeAll(async () => {
      lively = await startTestServer({ HEARTBEAT_INTERVAL: '100' });
      sessionId = (await clientsOf(lively).REST.createSession()).value?.id ?? '';
    });
    afterAll(() => lively.close());

    test.each([
      ['GraphQL', () => subscriptionUrl(lively.graphql, SESSION, { id: sessionId })],
      ['REST', () => `${lively.api}/sessions/${sessionId}/events?after=1`],
    ])('%s', async (_, url) => {
      const abort = new AbortController();
      const headers = { accept: 'text/event-stream' };
      const { body } = await fetch(url(), { headers, signal: abort.signal });
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (text.split(':\n\n').length < 4) text += (await reader?.read())?.value;
      abort.abort();
    });
  });
});
