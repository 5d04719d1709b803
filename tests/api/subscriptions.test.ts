import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { type ApiClient, clientsOf } from '../support/api-clients.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe, TRANSPORTS } from '../support/subscribe.ts';

const WatchSession = graphql(`
  subscription WatchSession($id: ID!) {
    session(id: $id) { id seq code language status users { name } }
  }
`);

const WatchEvents = graphql(`
  subscription WatchEvents($sessionId: ID!, $after: Int) {
    sessionEvents(sessionId: $sessionId, after: $after) {
      __typename seq sessionId at
      ... on SessionCreated { session { seq code users { name } } }
      ... on SessionUpdated { changed session { seq code language status users { name } } }
      ... on UserJoined { user { id name color } }
      ... on UserLeft { user { id name } }
      ... on ExecutionStarted { execution { id status stdout finishedAt } }
      ... on ExecutionFinished { execution { id status stdout exitCode } }
    }
  }
`);

const RunInSession = graphql(`
  mutation RunInSession($input: ExecuteCodeInput!) {
    executeCode(input: $input) { __typename ... on ExecuteCodePayload { execution { id } } }
  }
`);

const UNKNOWN = '0000000000';

let server: TestServer;
let rest: ApiClient;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
  rest = clientsOf(server).REST;
});
afterAll(() => server.close());

describe.each(TRANSPORTS)('subscriptions over %s', (transport) => {
  async function newSession(): Promise<string> {
    const { value } = await rest.createSession({ language: 'PYTHON', code: 'x = 0' });
    return value?.id ?? '';
  }

  function watchSession(id: string) {
    const stream = subscribe(transport, server.graphql, WatchSession, { id });
    onTestFinished(stream.stop);
    return { ...stream, state: async () => (await stream.data()).session };
  }

  function watchEvents(sessionId: string, after?: number) {
    const stream = subscribe(transport, server.graphql, WatchEvents, { sessionId, after });
    onTestFinished(stream.stop);
    return { ...stream, event: async () => (await stream.data()).sessionEvents };
  }

  test('session gives the session at once, and again after each change made over REST', async () => {
    const id = await newSession();
    const stream = watchSession(id);
    expect(await stream.state()).toEqual({
      id,
      seq: 1,
      code: 'x = 0',
      language: 'PYTHON',
      status: 'ACTIVE',
      users: [],
    });

    const { value: ada } = await rest.join(id, 'Ada');
    expect(await stream.state()).toMatchObject({ seq: 2, users: [{ name: 'Ada' }] });
    await rest.updateSession(id, { code: 'x = 1', status: 'COMPLETED' });
    expect(await stream.state()).toMatchObject({ seq: 3, code: 'x = 1', status: 'COMPLETED' });
    await rest.leave(id, ada?.id ?? '');
    expect(await stream.state()).toMatchObject({ seq: 4, users: [] });

    await rest.deleteSession(id);
    expect(await stream.next()).toBeUndefined();
  });

  test('sessionEvents replays the log, goes on live, and ends with the session', async () => {
    const id = await newSession();
    const { value: ada } = await rest.join(id, 'Ada');
    const stream = watchEvents(id, 0);

    expect(await stream.event()).toMatchObject({
      __typename: 'SessionCreated',
      seq: 1,
      sessionId: id,
      session: { seq: 1, code: 'x = 0', users: [] },
    });
    expect(await stream.event()).toMatchObject({ __typename: 'UserJoined', seq: 2, user: { name: 'Ada' } });

    await rest.updateSession(id, { code: 'x = 1', language: 'PYTHON' });
    expect(await stream.event()).toMatchObject({
      __typename: 'SessionUpdated',
      seq: 3,
      changed: ['CODE'],
      session: { seq: 3, code: 'x = 1', users: [{ name: 'Ada' }] },
    });
    await rest.leave(id, ada?.id ?? '');
    expect(await stream.event()).toMatchObject({ __typename: 'UserLeft', seq: 4, user: { id: ada?.id } });
    await rest.deleteSession(id);
    expect(await stream.event()).toMatchObject({ __typename: 'SessionDeleted', seq: 5, sessionId: id });
    expect(await stream.next()).toBeUndefined();
  });

  test('a replayed event is as it was, not as things are now', async () => {
    const id = await newSession();
    await rest.updateSession(id, { code: 'x = 1' });
    await rest.join(id, 'Ada');
    await rest.updateSession(id, { code: 'x = 2' });

    const stream = watchEvents(id, 1);
    expect(await stream.event()).toMatchObject({ seq: 2, session: { seq: 2, code: 'x = 1', users: [] } });
    await stream.event();
    expect(await stream.event()).toMatchObject({
      seq: 4,
      session: { seq: 4, code: 'x = 2', users: [{ name: 'Ada' }] },
    });
  });

  test('a change to what is already there is no event', async () => {
    const id = await newSession();
    const stream = watchEvents(id, 0);
    await stream.event();
    await rest.updateSession(id, { code: 'x = 0', status: 'ACTIVE' });
    await rest.updateSession(id, { code: 'x = 1' });
    expect(await stream.event()).toMatchObject({ seq: 2, changed: ['CODE'] });
  });

  test('a run in the session is told when it starts and when it ends', async () => {
    const id = await newSession();
    const events = watchEvents(id, 1);
    const { executeCode } = await query(server.graphql, RunInSession, {
      input: { sessionId: id, language: 'PYTHON', code: 'print("hi")' },
    });
    const executionId = 'execution' in executeCode ? executeCode.execution.id : 'none';

    expect(await events.event()).toMatchObject({
      __typename: 'ExecutionStarted',
      seq: 2,
      execution: { id: executionId, status: 'RUNNING', stdout: '', finishedAt: null },
    });
    expect(await events.event()).toMatchObject({
      __typename: 'ExecutionFinished',
      seq: 3,
      execution: { id: executionId, status: 'SUCCEEDED', stdout: 'hi\n', exitCode: 0 },
    });
  });

  test('100 concurrent updates arrive once each, in order', async () => {
    const id = await newSession();
    const stream = watchEvents(id, 1);
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => rest.updateSession(id, { code: `x = ${n + 1}` })),
    );
    const seqs = [];
    for (let count = 0; count < 100; count += 1) seqs.push((await stream.event()).seq);
    expect(seqs).toEqual(Array.from({ length: 100 }, (_, n) => n + 2));
  });

  test('an unknown session is an error with its code', async () => {
    for (const stream of [watchSession(UNKNOWN), watchEvents(UNKNOWN)]) {
      expect(await stream.next()).toMatchObject({
        errors: [{ extensions: { code: 'SESSION_NOT_FOUND' } }],
      });
    }
  });

  test.each([-1, 2])('after %d is outside a log of one event', async (after) => {
    const stream = watchEvents(await newSession(), after);
    expect(await stream.next()).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_REQUEST', field: 'after', seq: 1 } }],
    });
  });

  test('a client that leaves is listened for no longer', async () => {
    const id = await newSession();
    const stream = watchSession(id);
    await stream.state();
    expect(server.app.states.broadcaster.keys.includes(id)).toBe(true);
    await stream.stop();
    await expect.poll(() => server.app.states.broadcaster.keys.includes(id)).toBe(false);
  });
});
