import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_TRANSPORTS, answerTo, errorsIn } from '../support/answers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const MUTATION = `
  mutation ($input: UpdateSessionInput!) {
    updateSession(input: $input) { __typename ... on Error { code message } }
  }`;
const EDIT = `
  mutation ($input: EditSessionInput!) {
    editSession(input: $input) { __typename ... on Error { code message } }
  }`;
const DATE =
  'mutation ($date: DateTime) { updateSession(input: { id: "x", expiresAt: $date }) { __typename } }';
const SUBSCRIPTION =
  'subscription ($id: ID!, $after: Int) { sessionEvents(sessionId: $id, after: $after) { seq } }';

type Send = (query: string, variables: string) => Promise<string>;

const unknownFields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`k${number}`, 1]));
const changes = (count: number) => Array.from({ length: count }, () => ({ at: 0, delete: 0, insert: '' }));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const input = (fields: object) => JSON.stringify({ input: fields });
const edit = (count: number) => input({ sessionId: 'x', id: 'a', base: 1, changes: changes(count) });

async function expectShortError(send: Send, query: string, variables: string, parts: string[]) {
  const answer = await send(query, variables);
  expect(answer.length).toBeLessThan(3_000);
  const [error, ...others] = errorsIn(answer);
  expect(others.length).toBeLessThan(2);
  for (const part of parts) expect(error?.message).toContain(part);
  expect(error?.extensions?.code).toBe('INVALID_REQUEST');
}

async function expectRefusal(send: Send, query: string, variables: string, message: string) {
  expect(errorsIn(await send(query, variables))).toEqual([
    expect.objectContaining({ message, extensions: { code: 'INVALID_REQUEST' } }),
  ]);
}

const TOO_MANY = 'The variables must hold at most 50000 values';
const TOO_DEEP = 'The variables must be nested at most 1500 deep';

describe.each(ALL_TRANSPORTS)('variables over %s', (transport) => {
  const send: Send = (query, variables) => answerTo(transport, server.graphql, query, variables);

  test.each([
    ['unknown fields', unknownFields(20_000), ['"$input"', '"k0"']],
    ['a long value', { locks: ['x'.repeat(1_000_000)] }, ['"$input"', '"input.locks[0]"']],
    ['a long name', { [`k${'x'.repeat(1_000_000)}`]: 1 }, ['"$input"', 'Field "kx']],
  ])('%s in an input that does not fit makes a short answer', async (_case, fields, parts) => {
    await expectShortError(send, MUTATION, input({ id: 'x', ...fields }), parts);
  });

  test.each([
    ['values', MUTATION, input({ id: 'x', ...unknownFields(100_000) }), TOO_MANY],
    ['changes', EDIT, edit(60_000), TOO_MANY],
    ['depth', DATE, `{"date":${nested(6_000)}}`, TOO_DEEP],
  ])('more %s than the limit is refused', async (_case, query, variables, message) => {
    await expectRefusal(send, query, variables, message);
  });

  test('as many changes as an edit can have pass', async () => {
    expect(await send(EDIT, edit(10_000))).toContain('SESSION_NOT_FOUND');
    expect(await send(EDIT, edit(10_001))).toContain('at most 10000');
  });
});

describe.each(['SSE', 'WebSocket'] as const)('variables of a subscription over %s', (transport) => {
  const send: Send = (query, variables) => answerTo(transport, server.graphql, query, variables);

  test('a long value that does not fit makes a short answer', async () => {
    const variables = JSON.stringify({ id: 'x', after: 'x'.repeat(1_000_000) });
    await expectShortError(send, SUBSCRIPTION, variables, ['"$after"', 'Int cannot represent']);
  });

  test('more values than the limit are refused', async () => {
    const variables = JSON.stringify({ id: 'x', after: changes(60_000) });
    await expectRefusal(send, SUBSCRIPTION, variables, TOO_MANY);
  });
});
