import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { NOBODY } from '../../src/access/caller.ts';
import { updateSession } from '../../src/sessions/service.ts';
import { graphql } from '../generated/gql.ts';
import { APIS, type ApiClient, clientsOf } from '../support/api-clients.ts';
import { type CountingServer, startCountingServer } from '../support/counting-server.ts';
import { query } from '../support/graphql.ts';

/** On SQLite this process alone writes: what it knows is what is stored. Elsewhere it asks for the number. */
const LOOK = inject('postgresqlUrl') ? 1 : 0;

let server: CountingServer;
beforeAll(async () => {
  server = await startCountingServer({ programs: true });
});
afterAll(() => server.close());

const countSql = (operation: () => Promise<unknown>) => server.countSql(operation);

describe.each(APIS)('SQL statements over %s', (name) => {
  let client: ApiClient;
  let id: string;
  beforeAll(async () => {
    client = clientsOf(server)[name];
    id = (await client.createSession()).value?.id ?? '';
  });

  test.each([
    ['create a session', 1, () => client.createSession()],
    ['get a session', LOOK, () => client.getSession(id)],
    ['update a session', 1, () => client.updateSession(id, { code: String(Math.random()) })],
    ['update a session to what it is', 2 * LOOK, () => client.updateSession(id, { status: 'ACTIVE' })],
    ['join a session', 1, () => client.join(id)],
    ['leave a session', 1, async () => client.leave(id, (await client.getSession(id))?.users[0]?.id ?? '')],
    ['delete a session', 1, () => client.deleteSession(id)],
  ] as const)('%s: %d', async (operation, expected, run) => {
    const lookup = operation === 'leave a session' ? LOOK : 0;
    expect(await countSql(run)).toBe(expected + lookup);
  });

  test('a session that is not in memory: 1, then as above', async () => {
    const { value } = await client.createSession();
    const other = value?.id ?? '';
    server.app.sessions.forget(other);
    expect(await countSql(() => client.getSession(other))).toBe(1);
    server.app.sessions.forget(other);
    expect(await countSql(() => client.updateSession(other, { code: 'x' }))).toBe(2);
  });
});

test('changes that are ready together share their statements', async () => {
  const client = clientsOf(server).REST;
  const created = await Promise.all(Array.from({ length: 20 }, () => client.createSession()));
  const context = { app: server.app, caller: NOBODY };
  const changes = () =>
    Promise.all(created.map(({ value }) => updateSession(context, value?.id ?? '', { code: 'together' })));
  expect(await countSql(changes)).toBeLessThan(5);
});

describe('SQL statements of a document', () => {
  const DocumentState = graphql(`
    query DocumentState($id: ID!) { session(id: $id) { document { epoch state } } }
  `);
  async function newSession() {
    const client = clientsOf(server).REST;
    const id = (await client.createSession({ code: 'start' })).value?.id ?? '';
    return { client, id };
  }
  function edit(sessionId: string, base: number) {
    const body = JSON.stringify({ id: String(base), base, changes: [{ at: 0, delete: 0, insert: 'x' }] });
    const headers = { 'content-type': 'application/json' };
    return fetch(`${server.api}/sessions/${sessionId}/edits`, { method: 'POST', headers, body });
  }

  test('an edit of changes: the edits since the one before, and the commit', async () => {
    const { id } = await newSession();
    for (const base of [1, 2, 3]) expect(await countSql(() => edit(id, base))).toBe(2);
  });

  test('opening it is one, and reading it the first time as well; a change stays one', async () => {
    const { id, client } = await newSession();
    const read = () => query(server.graphql, DocumentState, { id });
    expect(await countSql(read)).toBe(2 + 3 * LOOK);
    expect(await countSql(read)).toBe(3 * LOOK);
    expect(await countSql(() => client.updateSession(id, { code: 'changed' }))).toBe(1);
    expect(await countSql(() => edit(id, 2))).toBe(2);
    await client.join(id);
    // The join is looked for edits.
    expect(await countSql(() => client.updateSession(id, { code: 'again' }))).toBe(2);
  });
});

describe('running a program', () => {
  const Run = graphql(`
    mutation Run($input: ExecuteCodeInput!) {
      executeCode(input: $input) { ... on ExecuteCodePayload { execution { id stdout } } }
    }
  `);
  const Begin = graphql(`
    mutation Begin($input: ExecuteCodeInput!) {
      startExecution(input: $input) { ... on StartExecutionPayload { execution { id } } }
    }
  `);
  const printing = { language: 'JAVASCRIPT' as const, code: 'console.log(1)' };

  test('outside a session is stored once, at its end', async () => {
    expect(await countSql(() => query(server.graphql, Run, { input: printing }))).toBe(1);
    expect(await countSql(() => clientsOf(server).REST.execute('JAVASCRIPT', 'console.log(1)'))).toBe(1);
    expect(await server.app.db.executionChunk.count()).toBe(0);
  });

  test('in a session is an insert, two changes with a look at its status each, and its output', async () => {
    const sessionId = (await clientsOf(server).REST.createSession()).value?.id ?? '';
    expect(await countSql(() => query(server.graphql, Run, { input: { ...printing, sessionId } }))).toBe(6);
  });

  test('that others may follow is an insert, its start, its output and its end', async () => {
    const finished = async () => {
      const { startExecution } = await query(server.graphql, Begin, { input: printing });
      const id = 'execution' in startExecution ? startExecution.execution.id : '';
      await expect.poll(() => server.app.executions.ids().includes(id)).toBe(false);
    };
    expect(await countSql(finished)).toBe(4);
  });
});

describe('a selection loads what it names and no more', () => {
  const Names = graphql(`query Names($id: ID!) { session(id: $id) { users { name } } }`);
  const Aliases = graphql(`
    query Aliases($id: ID!) {
      a: session(id: $id) { x: users { name } y: users { color } }
      b: session(id: $id) { x: users { name } y: users { color } }
    }
  `);
  const Scalars = graphql(`query Scalars($id: ID!) { session(id: $id) { code seq } }`);
  const Executions = graphql(`
    query Executions($id: ID!) { session(id: $id) { executions { edges { node { id session { id } } } } } }
  `);

  const Events = graphql(`
    query Events($id: ID!) {
      session(id: $id) { events { edges { node { seq ... on UserJoined { user { name } } } } } }
    }
  `);

  let id: string;
  beforeAll(async () => {
    const client = clientsOf(server).REST;
    id = (await client.createSession()).value?.id ?? '';
    for (let count = 0; count < 10; count += 1) await client.join(id);
  });

  test.each([
    ['scalars', LOOK, () => query(server.graphql, Scalars, { id })],
    ['users', LOOK, () => query(server.graphql, Names, { id })],
    ['users by many aliases', LOOK, () => query(server.graphql, Aliases, { id })],
    ['events', 1 + LOOK, () => query(server.graphql, Events, { id })],
    ['executions and their session', 1 + LOOK, () => query(server.graphql, Executions, { id })],
  ] as const)('%s: %d', async (_, expected, run) => {
    expect(await countSql(run)).toBe(expected);
  });

  test('a mutation that answers its session reads nothing again', async () => {
    const Join = graphql(`
      mutation JoinAndSee($input: JoinSessionInput!) {
        joinSession(input: $input) { ... on JoinSessionPayload { session { code users { name } } } }
      }
    `);
    const { value: session } = await clientsOf(server).REST.createSession();
    const input = { sessionId: session?.id ?? '' };
    expect(await countSql(() => query(server.graphql, Join, { input }))).toBe(1);
  });
});
