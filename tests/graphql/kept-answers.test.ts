import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const GET =
  'query Get($id: ID!) { session(id: $id) { __typename id code seq users { ...Name } } } fragment Name on User { name }';

/** Creates a session and returns its id. */
async function create(code: string): Promise<string> {
  const { value } = await clientsOf(server).REST.createSession({ code });
  if (!value) throw new Error('No session was created');
  return value.id;
}

async function ask(query: string, variables: object): Promise<unknown> {
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Asks three times: for the document, for the answer, and for the kept answer. */
async function askAgain(query: string, variables: object): Promise<unknown> {
  const [first, second, third] = [
    await ask(query, variables),
    await ask(query, variables),
    await ask(query, variables),
  ];
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  return third;
}

describe('an answer that is kept', () => {
  test('shows every change of its session, and its end', async () => {
    const client = clientsOf(server).REST;
    const id = await create('one');
    const session = { __typename: 'Session', id, code: 'one', seq: 1, users: [] };
    expect(await askAgain(GET, { id })).toEqual({ data: { session } });

    await client.updateSession(id, { code: 'two' });
    expect(await askAgain(GET, { id })).toEqual({ data: { session: { ...session, code: 'two', seq: 2 } } });

    await client.join(id, 'Ada');
    const users = [{ name: 'Ada' }];
    const joined = { ...session, code: 'two', seq: 3, users };
    expect(await askAgain(GET, { id })).toEqual({ data: { session: joined } });

    await client.deleteSession(id);
    expect(await askAgain(GET, { id })).toEqual({ data: { session: null } });
  });

  test('is that of its own session and of its own document', async () => {
    const [one, two] = [await create('1'), await create('2')];
    const short = 'query ($id: ID!) { mine: session(id: $id) { text: code } }';
    expect(await askAgain(short, { id: one })).toEqual({ data: { mine: { text: '1' } } });
    expect(await askAgain(short, { id: two })).toEqual({ data: { mine: { text: '2' } } });
    expect(await askAgain(GET, { id: two })).toMatchObject({ data: { session: { id: two } } });
  });

  test('depends on every variable', async () => {
    const id = await create('1');
    const document = 'query ($id: ID!, $with: Boolean!) { session(id: $id) { id code @include(if: $with) } }';
    expect(await askAgain(document, { id, with: true })).toEqual({ data: { session: { id, code: '1' } } });
    expect(await askAgain(document, { id, with: false })).toEqual({ data: { session: { id } } });
    expect(await askAgain(GET, { id: 7 })).toEqual({ data: { session: null } });
    expect(await askAgain(GET, {})).toMatchObject({ errors: [{ message: /\$id/ }] });
    const past = 'query ($id: ID!) { session(id: $id, at: 1) { seq } }';
    await clientsOf(server).REST.updateSession(id, { code: '2' });
    expect(await askAgain(past, { id })).toEqual({ data: { session: { seq: 1 } } });
  });

  test('shows no executions, which change without their session', async () => {
    const id = await create('');
    const document = 'query ($id: ID!) { session(id: $id) { executions { edges { node { id } } } } }';
    expect(await askAgain(document, { id })).toEqual({ data: { session: { executions: { edges: [] } } } });
    const execution = { id: 'execution1', sessionId: id, language: 'PYTHON', status: 'SUCCEEDED' } as const;
    const texts = { code: '', stdout: '', stderr: '' };
    await server.app.db.execution.create({ data: { ...execution, ...texts, createdAt: new Date() } });
    expect(await askAgain(document, { id })).toEqual({
      data: { session: { executions: { edges: [{ node: { id: expect.any(String) } }] } } },
    });
  });
});
