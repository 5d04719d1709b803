import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { callerOf, SYSTEM } from '../../src/access/caller.ts';
import { updateSession } from '../../src/sessions/service.ts';
import { setRole } from '../../src/users/participants.ts';
import { leaveSession } from '../../src/users/service.ts';
import { newSession, participant } from '../support/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

const OPERATOR_KEY = 'a key of the operator, of 38 characters';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ ACCESS: 'closed', OPERATOR_KEY, MAX_RUNNING: '1' }, { programs: true });
});
afterAll(() => server.close());

type Participant = Awaited<ReturnType<typeof participant>>;
let sessionId: string;
let host: Participant;
let candidate: Participant;
beforeEach(async () => {
  sessionId = await newSession(server.app, '0');
  host = await participant(server.app, sessionId, 'HOST');
  candidate = await participant(server.app, sessionId, 'CANDIDATE');
});

const headers = (token: string, claimed?: string) => ({
  'content-type': 'application/json',
  authorization: `Bearer ${token}`,
  ...(claimed !== undefined && { 'x-session-id': sessionId, 'x-user-id': claimed }),
});

async function rest(method: string, path: string, token: string, body?: object, claimed?: string) {
  const response = await fetch(`${server.api}/sessions/${sessionId}${path}`, {
    method,
    headers: headers(token, claimed),
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.status;
}

async function ask(query: string, token: string) {
  const body = JSON.stringify({ query });
  const response = await fetch(server.graphql, { method: 'POST', headers: headers(token), body });
  return response.json();
}

/** What happened after the two had joined, and who did it. */
async function actors() {
  const events = await server.app.db.sessionEvent.findMany({ where: { sessionId }, orderBy: { seq: 'asc' } });
  return events.slice(3).map(({ type, actor }) => [type, actor]);
}

describe('the actor is of the token, whatever is claimed', () => {
  test('who joins, and who created', async () => {
    const events = await server.app.db.sessionEvent.findMany({ where: { sessionId } });
    expect(events.map(({ actor }) => actor)).toEqual(['system', host.user.id, candidate.user.id]);
  });

  test('over REST, with headers that name another user', async () => {
    expect(await rest('PATCH', '', candidate.token, { code: '1' }, host.user.id)).toBe(200);
    expect(await rest('PATCH', '', OPERATOR_KEY, { status: 'completed' }, host.user.id)).toBe(200);
    expect(await actors()).toEqual([
      ['CodeEdited', candidate.user.id],
      ['SessionUpdated', 'key:operator'],
    ]);
  });

  test('over a WebSocket whose parameters name another user, who is not online by it', async () => {
    const params = { token: candidate.token, sessionId, userId: host.user.id };
    const socket = await openSocket(server.graphql, { params });
    onTestFinished(() => socket.raw.terminate());
    expect(server.app.presence.find(candidate.key)).toBeDefined();
    expect(server.app.presence.find(host.key)).toBeUndefined();
    socket.subscribe(
      '1',
      `mutation { updateSession(input: { id: "${sessionId}", code: "1" }) { __typename } }`,
    );
    expect(await socket.next()).toMatchObject({ payload: { data: { updateSession: {} } } });
    expect(await actors()).toEqual([['CodeEdited', candidate.user.id]]);
  });

  test('a program: who started it, and the server for its end', async () => {
    const input = `{ sessionId: "${sessionId}", language: JAVASCRIPT, code: "1" }`;
    await ask(`mutation { executeCode(input: ${input}) { __typename } }`, candidate.token);
    expect(await actors()).toEqual([
      ['ExecutionStarted', candidate.user.id],
      ['ExecutionFinished', 'system'],
    ]);
  });

  test('leaving: who removes', async () => {
    expect(await rest('DELETE', `/users/${candidate.user.id}`, host.token)).toBe(204);
    expect(await actors()).toEqual([['UserLeft', host.user.id]]);
  });

  test('an edit is its own user’s alone, and a key edits as nobody', async () => {
    const edit = (userId?: string) => ({
      id: String(userId),
      base: 1,
      changes: [{ at: 0, delete: 0, insert: 'x' }],
      userId,
    });
    expect(await rest('POST', '/edits', candidate.token, edit(host.user.id))).toBe(403);
    expect(await rest('POST', '/edits', candidate.token, edit(candidate.user.id))).toBe(200);
    expect(await rest('POST', '/edits', host.token, edit())).toBe(200);
    expect(await rest('POST', '/edits', OPERATOR_KEY, edit(host.user.id))).toBe(403);
    expect(await rest('POST', '/edits', OPERATOR_KEY, edit())).toBe(200);
    expect(await actors()).toEqual([
      ['CodeEdited', candidate.user.id],
      ['CodeEdited', host.user.id],
      ['CodeEdited', 'key:operator'],
    ]);
    const { data } = await ask(
      `{ session(id: "${sessionId}") { events(last: 3) { edges { node { ... on SessionUpdated { edits { userId } } } } } } }`,
      host.token,
    );
    const edges: { node: { edits: { userId: string }[] } }[] = data.session.events.edges;
    expect(edges.flatMap(({ node }) => node.edits.map(({ userId }) => userId))).toEqual([
      candidate.user.id,
      host.user.id,
      null,
    ]);
  });
});

const system = () => ({ app: server.app, caller: SYSTEM });

test('a change is decided by the role of now, whatever the token was good for when it was shown', async () => {
  const { role } = candidate.user;
  const identity = { kind: 'PARTICIPANT', tokenId: '0', ...candidate.key, role } as const;
  const caller = callerOf({ ...identity, expiresAt: null, expiresWithSession: false });
  const edit = (code: string) => updateSession({ app: server.app, caller }, sessionId, { code });
  await edit('1');
  await setRole(system(), candidate.key, 'OBSERVER');
  await expect(edit('2')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await leaveSession(system(), sessionId, candidate.user.id);
  await expect(edit('3')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

describe('running is decided again when the program starts', () => {
  const start = async (token: string, code: string) => {
    const input = `{ sessionId: "${sessionId}", language: JAVASCRIPT, code: ${JSON.stringify(code)} }`;
    const query = `mutation { startExecution(input: ${input}) { ... on StartExecutionPayload { execution { id } } } }`;
    return (await ask(query, token)).data.startExecution.execution.id as string;
  };
  const statusOf = async (id: string) =>
    (await server.app.db.execution.findUniqueOrThrow({ where: { id } })).status;
  const cancel = (id: string) =>
    ask(`mutation { cancelExecution(input: { id: "${id}" }) { __typename } }`, host.token);

  test.each([
    ['is demoted', () => setRole(system(), candidate.key, 'OBSERVER')],
    ['is removed', () => leaveSession(system(), sessionId, candidate.user.id)],
  ])('a program that waits while its candidate %s is cancelled', async (_what, end) => {
    const first = await start(host.token, 'setInterval(() => {}, 1000)');
    await expect.poll(() => statusOf(first)).toBe('RUNNING');
    const waiting = await start(candidate.token, '1');
    await end();
    await cancel(first);
    await expect.poll(() => statusOf(waiting)).toBe('CANCELLED');
  });

  test.each([
    ['a candidate', 'CANCELLED'],
    ['a host', 'SUCCEEDED'],
  ])('a program of %s that waits while the session is completed: %s', async (who, expected) => {
    const first = await start(host.token, 'setInterval(() => {}, 1000)');
    await expect.poll(() => statusOf(first)).toBe('RUNNING');
    const waiting = await start(who === 'a host' ? host.token : candidate.token, '1');
    await updateSession(system(), sessionId, { status: 'COMPLETED' });
    await cancel(first);
    await expect.poll(() => statusOf(waiting)).toBe(expected);
    const started = (await actors()).filter(([type]) => type === 'ExecutionStarted');
    expect(started).toHaveLength(expected === 'CANCELLED' ? 1 : 2);
    const ended = (await actors()).filter(([type]) => type === 'ExecutionFinished');
    expect(ended).toEqual([
      ['ExecutionFinished', 'system'],
      ['ExecutionFinished', 'system'],
    ]);
  });
});
