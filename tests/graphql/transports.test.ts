import { NetworkError } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { TypedDocumentString } from '../generated/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe, TRANSPORTS } from '../support/subscribe.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ LOG_LEVEL: 'silent', BODY_LIMIT: '10000' });
});
afterAll(() => server.close());

describe.each(TRANSPORTS)('one pipeline: over %s', (transport) => {
  /** The errors of an operation that must not get through. */
  async function errorsOf(query: string, variables = {}): Promise<unknown> {
    const stream = subscribe(transport, server.graphql, new TypedDocumentString(query), variables);
    onTestFinished(() => stream.stop().catch(() => {}));
    try {
      return (await stream.next())?.errors;
    } catch (refusal) {
      // What is refused before it runs graphql-ws throws, and graphql-sse wraps the response.
      if (!(refusal instanceof NetworkError)) return refusal;
      expect(refusal.response.status).toBe(400);
      return JSON.parse(/^data: (.+)$/m.exec(await refusal.response.text())?.[1] ?? '').errors;
    }
  }

  test.each([
    ['a syntax error', 'subscription {', /Syntax Error/],
    ['an unknown field', 'subscription { nothing }', /Cannot query field "nothing"/],
    ['a missing variable', 'subscription ($id: ID!) { session(id: $id) { id } }', /"\$id" of required type/],
    ['too many tokens', `{ ${'health { status } '.repeat(400)} }`, /more than 1000 tokens/],
    [
      'too many aliases',
      `{ ${Array.from({ length: 150 }, (_, n) => `a${n}: health { status }`).join(' ')} }`,
      /liases/,
    ],
    [
      'too great a depth',
      `{ session(id: "x") { ${'executions { edges { node { session { '.repeat(5)} id ${'} } } } '.repeat(5)} } }`,
      /depth/,
    ],
    [
      'too great a cost',
      `subscription { session(id: "x") { ${'executions(first: 100) { edges { node { session { '.repeat(3)} id ${'} } } } '.repeat(3)} } }`,
      /too costly/,
    ],
  ])('%s is refused with its reason', async (_, query, message) => {
    expect(await errorsOf(query)).toMatchObject([{ message: expect.stringMatching(message) }]);
  });

  test('an unforeseen error is masked', async () => {
    const broken = await startTestServer({ LOG_LEVEL: 'silent' });
    onTestFinished(() => broken.close());
    await broken.app.db.$executeRawUnsafe('ALTER TABLE "Session" RENAME TO "Gone"');
    const document = new TypedDocumentString('subscription { session(id: "x") { id } }');
    const stream = subscribe(transport, broken.graphql, document, {});
    onTestFinished(stream.stop);
    const [error] = (await stream.next())?.errors ?? [];
    expect(error).toMatchObject({ message: 'Something went wrong on the server', path: ['session'] });
    expect(error?.extensions).toEqual({ code: 'INTERNAL_ERROR' });
  });
});

describe('WebSocket', () => {
  const open = (path = '/graphql') => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    return socket;
  };

  test('a mutation and a query run over it', async () => {
    const create = new TypedDocumentString<{ createSession: unknown }, Record<string, never>>(
      'mutation { createSession { ... on CreateSessionPayload { session { seq } } } }',
    );
    const stream = subscribe('WebSocket', server.graphql, create, {});
    onTestFinished(stream.stop);
    expect(await stream.data()).toEqual({ createSession: { session: { seq: 1 } } });
  });

  test('another path is 404', async () => {
    const status = await new Promise((resolve) => {
      const socket = open('/elsewhere');
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => {});
    });
    expect(status).toBe(404);
  });
});
