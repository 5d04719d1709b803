import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readGauges } from '../../src/observability/service.ts';
import { graphql } from '../generated/gql.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

// The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ GRAPHQL_BATCH_LIMIT: '2' });
});
afterAll(() => server.close());

const create = graphql(`
  mutation CreateToStream {
    createSession { ... on CreateSessionPayload { session { id } } }
  }
`);

async function newSession(): Promise<string> {
  const { createSession } = await query(server.graphql, create, {});
  return 'session' in createSession ? createSession.session.id : '';
}

const requests = {
  POST: (body: object, accept = 'text/event-stream') =>
    fetch(server.graphql, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  GET: (body: object, accept = 'text/event-stream') => {
    const parameters = Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return fetch(`${server.graphql}?${new URLSearchParams(parameters)}`, { headers: { accept } });
  },
};

/** The messages of a stream, to be taken one by one; undefined once it has ended. */
function messages(response: Response): () => Promise<EventSourceMessage | undefined> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => waiting.push(message) });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  onTestFinished(() => reader?.cancel());
  return async () => {
    while (waiting.length === 0) {
      const { done = true, value } = (await reader?.read()) ?? {};
      if (done) return undefined;
      parser.feed(value ?? '');
    }
    return waiting.shift();
  };
}

describe.each(['POST', 'GET'] as const)('distinct connections, by %s', (method) => {
  const request = requests[method];

  test('a subscription is a stream of next events, then complete, then the end', async () => {
    const id = await newSession();
    const response = await request({
      query: 'subscription ($id: ID!) { session(id: $id) { seq } }',
      variables: { id },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toMatch(/no-cache/);
    const next = messages(response);
    expect(await next()).toMatchObject({ event: 'next', data: '{"data":{"session":{"seq":1}}}' });
    await fetch(`${server.api}/sessions/${id}`, { method: 'DELETE' });
    expect(await next()).toMatchObject({ event: 'complete', data: '' });
    expect(await next()).toBeUndefined();
  });

  test('a query is one next event and complete', async () => {
    const next = messages(await request({ query: '{ health { status } }' }));
    expect(await next()).toMatchObject({ event: 'next', data: '{"data":{"health":{"status":"ok"}}}' });
    expect(await next()).toMatchObject({ event: 'complete' });
    expect(await next()).toBeUndefined();
  });

  test.each([
    ['a syntax error', 'subscription {'],
    ['an unknown field', 'subscription { nothing }'],
    ['a missing variable', 'subscription ($id: ID!) { session(id: $id) { id } }'],
    ['an unknown session', 'subscription { session(id: "none") { id } }'],
    ['a document beyond the limits', `{ ${'health { status } '.repeat(400)} }`],
  ])(
    '%s is told in the stream, with status 200: an EventSource shows nothing of another',
    async (_, query) => {
      const response = await request({ query });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const next = messages(response);
      const { event, data = '{}' } = (await next()) ?? {};
      expect(event).toBe('next');
      expect(JSON.parse(data)).toEqual({
        errors: [expect.objectContaining({ message: expect.any(String) })],
      });
      expect(await next()).toMatchObject({ event: 'complete' });
    },
  );

  test('a client that goes away ends the subscription', async () => {
    const id = await newSession();
    const response = await request({ query: `subscription { session(id: "${id}") { seq } }` });
    expect(server.app.states.broadcaster.keys.includes(id)).toBe(true);
    await response.body?.cancel();
    await expect.poll(() => server.app.states.broadcaster.keys.includes(id)).toBe(false);
  });

  test('a subscription whose client takes no stream is 406, and nothing listens on', async () => {
    const query = `subscription { session(id: "${await newSession()}") { seq } }`;
    const response = await request({ query }, 'application/json');
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringMatching(/text\/event-stream/) }],
    });
    await expect.poll(() => readGauges(server.app).listeners).toBe(0);
  });
});

test('a subscription in a batch is refused, and nothing listens on', async () => {
  const query = `subscription { session(id: "${await newSession()}") { seq } }`;
  const response = await requests.POST([{ query }, { query: '{ health { status } }' }], 'application/json');
  expect(await response.json()).toMatchObject([
    { errors: [{ message: expect.stringMatching(/batch/) }] },
    { data: { health: { status: 'ok' } } },
  ]);
  await expect.poll(() => readGauges(server.app).listeners).toBe(0);
});
