import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('the audits of graphql-http', () => {
  // The whole of them, the MAY ones too.
  test.each(serverAudits({ url: () => server.graphql }))('$id $name', async ({ fn }) => {
    expect(await fn()).toMatchObject({ status: 'ok' });
  });
});

describe('with Accept: application/graphql-response+json', () => {
  async function post(query: string, more: object = {}) {
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, ...more }),
    });
    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    return { status: response.status, body: await response.json() };
  }

  test('an error of a field is 200, for there is data', async () => {
    const created = await post(
      'mutation { createSession { ... on CreateSessionPayload { session { id } } } }',
    );
    const { id } = created.body.data.createSession.session;
    const nested = 'query ($id: ID!) { session(id: $id) { executions(first: -1) { edges { cursor } } } }';
    expect(await post(nested, { variables: { id } })).toMatchObject({
      status: 200,
      body: { data: { session: null }, errors: [{ extensions: { code: 'INVALID_REQUEST' } }] },
    });
  });

  test('an error of the domain is 200, for it is data', async () => {
    const missing = 'mutation { deleteSession(input: { id: "none" }) { ... on Error { code } } }';
    expect(await post(missing)).toEqual({
      status: 200,
      body: { data: { deleteSession: { code: 'SESSION_NOT_FOUND' } } },
    });
  });

  test('an operation name that the document does not have is 400', async () => {
    expect(await post('query Known { health { status } }', { operationName: 'Other' })).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringMatching(/operation/) }] },
    });
  });
});

test('a mutation by GET is 405 and says which method is allowed', async () => {
  const mutation = encodeURIComponent('mutation { createSession { __typename } }');
  const response = await fetch(`${server.graphql}?query=${mutation}`);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('POST');
});

test.each(['PUT', 'PATCH', 'DELETE'])('%s is 405 and says which methods are allowed', async (method) => {
  const response = await fetch(server.graphql, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toMatch(/GET.*POST/);
});
