import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AccessServer,
  idOfCredential,
  OPERATOR_KEY,
  startAccessServer,
} from '../support/closed-server.ts';

let server: AccessServer;
let owner: string;
beforeAll(async () => {
  server = await startAccessServer({}, { programs: true });
  owner = await server.key('SESSIONS', 'EXECUTE');
});
afterAll(() => server.close());

let sessionId: string;
let host: { token: string; userId: string };
let candidate: { token: string; userId: string };
beforeEach(async () => {
  sessionId = (await server.rest('POST', '/sessions', owner, {})).body.id;
  host = await server.participant(sessionId, 'HOST');
  candidate = await server.participant(sessionId, 'CANDIDATE');
});

async function result(query: string, token: string | null) {
  const { body } = await server.ask(query, token);
  expect(body.errors).toBeUndefined();
  return body.data.result;
}

const update = (input: string, token: string) =>
  result(
    `mutation { result: updateSession(input: { id: "${sessionId}", ${input} }) {
      ... on UpdateSessionPayload { session { status locks expiresAt seq } }
      ... on InvalidInputError { code field message } } }`,
    token,
  );

describe('viewer', () => {
  const VIEWER = '{ result: viewer { kind role user { id } session { id } scopes expiresAt } }';
  const NONE = { role: null, user: null, session: null, scopes: [], expiresAt: null };

  test('is nobody without a credential, in both modes', async () => {
    expect(await result(VIEWER, null)).toEqual({ ...NONE, kind: 'ANONYMOUS' });
    const open = await startAccessServer({ ACCESS: 'open' });
    expect((await open.ask(VIEWER, null)).body.data.result).toEqual({ ...NONE, kind: 'ANONYMOUS' });
    await open.close();
  });
  test('is a key with its scopes', async () => {
    expect(await result(VIEWER, owner)).toEqual({
      ...NONE,
      kind: 'API_KEY',
      scopes: ['SESSIONS', 'EXECUTE'],
    });
    const { scopes } = await result(VIEWER, OPERATOR_KEY);
    expect(scopes).toEqual(['SESSIONS', 'EXECUTE', 'METRICS', 'ADMIN']);
  });
  test('is a participant with its user, role and session', async () => {
    const user = { id: candidate.userId };
    const session = { id: sessionId };
    expect(await result(VIEWER, candidate.token)).toEqual({
      ...NONE,
      kind: 'PARTICIPANT',
      role: 'CANDIDATE',
      user,
      session,
    });
  });
});

describe('locks and the end', () => {
  test('are set by hosts and owners, each an event that names them', async () => {
    expect(await update('locks: [RUNNING, EDITING, RUNNING]', host.token)).toEqual({
      session: { status: 'ACTIVE', locks: ['EDITING', 'RUNNING'], expiresAt: null, seq: 4 },
    });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    expect(await update(`expiresAt: "${expiresAt}"`, owner)).toMatchObject({
      session: { expiresAt, seq: 5 },
    });
    expect(await update(`expiresAt: "${expiresAt}"`, owner)).toMatchObject({ session: { seq: 5 } });
    server.app.sessions.forget(sessionId);
    expect(await update('locks: [], expiresAt: null', owner)).toMatchObject({
      session: { locks: [], expiresAt: null, seq: 6 },
    });
    server.app.sessions.forget(sessionId);
    const query = `{ result: session(id: "${sessionId}") { locks expiresAt events(last: 3) { edges { node {
      actor { kind id name } ... on SessionUpdated { changed session { locks expiresAt } } } } } } }`;
    const { events, ...now } = await result(query, host.token);
    expect(now).toEqual({ locks: [], expiresAt: null });
    const key = { kind: 'API_KEY', id: idOfCredential(owner), name: 'shop' };
    const locks = ['EDITING', 'RUNNING'];
    expect(events.edges.map(({ node }: { node: object }) => node)).toEqual([
      {
        actor: { kind: 'USER', id: host.userId, name: 'host' },
        changed: ['LOCKS'],
        session: { locks, expiresAt: null },
      },
      { actor: key, changed: ['EXPIRES_AT'], session: { locks, expiresAt } },
      { actor: key, changed: ['LOCKS', 'EXPIRES_AT'], session: { locks: [], expiresAt: null } },
    ]);
  });
  test('stop candidates, and a lock is known to others over REST as well', async () => {
    const patch = (body: object, token: string) =>
      server.rest('PATCH', `/sessions/${sessionId}`, token, body);
    expect((await patch({ locks: ['editing'] }, candidate.token)).status).toBe(403);
    expect((await patch({ locks: ['editing'] }, host.token)).status).toBe(200);
    expect((await patch({ language: 'python' }, candidate.token)).status).toBe(403);
    expect((await patch({ language: 'python' }, host.token)).status).toBe(200);
    expect((await patch({ locks: [] }, owner)).status).toBe(200);
    expect((await patch({ language: 'javascript' }, candidate.token)).status).toBe(200);
    expect((await patch({ status: 'completed' }, candidate.token)).status).toBe(403);
    expect((await patch({ status: 'completed' }, host.token)).status).toBe(200);
    expect((await patch({ language: 'python' }, candidate.token)).status).toBe(403);
  });
  test('an end in the past is refused, and the error names the field', async () => {
    const past = new Date(Date.now() - 1).toISOString();
    expect(await update(`expiresAt: "${past}"`, owner)).toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'expiresAt',
    });
    const { status, body } = await server.rest('PATCH', `/sessions/${sessionId}`, owner, { expiresAt: 1 });
    expect(status).toBe(400);
    expect(body.message).toBe('expiresAt must be in the future');
  });
});

test('a run names who started it, and its events name the server, too', async () => {
  const run = `mutation { result: executeCode(input: { sessionId: "${sessionId}", language: JAVASCRIPT, code: "1" }) {
    ... on ExecuteCodePayload { execution { id startedBy { kind id name } } } } }`;
  const { execution } = await result(run, candidate.token);
  expect(execution.startedBy).toEqual({ kind: 'USER', id: candidate.userId, name: 'candidate' });
  await server.rest('DELETE', `/sessions/${sessionId}/users/${candidate.userId}`, host.token);
  const again = `{ result: execution(id: "${execution.id}") { startedBy { kind id name } } }`;
  const former = { kind: 'USER', id: candidate.userId, name: null };
  expect(await result(again, owner)).toEqual({ startedBy: former });
  const query = `{ result: session(id: "${sessionId}") { events { edges { node { __typename actor { kind id name } } } } } }`;
  const { events } = await result(query, owner);
  const of = (kind: string, id: string | null | undefined, name: string | null) => ({ kind, id, name });
  const candidateActor = of('USER', candidate.userId, 'candidate');
  expect(events.edges.map(({ node }: { node: object }) => node)).toEqual([
    { __typename: 'SessionCreated', actor: of('API_KEY', idOfCredential(owner), 'shop') },
    { __typename: 'UserJoined', actor: of('USER', host.userId, 'host') },
    { __typename: 'UserJoined', actor: candidateActor },
    { __typename: 'ExecutionStarted', actor: candidateActor },
    { __typename: 'ExecutionFinished', actor: of('SYSTEM', null, null) },
    { __typename: 'UserLeft', actor: of('USER', host.userId, 'host') },
  ]);
});

describe('API keys', () => {
  const create = (scopes: string, token: string) =>
    server.ask(
      `mutation { result: createApiKey(input: { name: "shop", scopes: ${scopes} }) {
        ... on CreateApiKeyPayload { token apiKey { id name scopes expiresAt } } ... on Error { code message } } }`,
      token,
    );
  test('are made, listed and revoked with ADMIN, and end at once', async () => {
    const { data } = (await create('[EXECUTE, SESSIONS]', OPERATOR_KEY)).body;
    const { token, apiKey } = data.result;
    expect(apiKey).toEqual({
      id: idOfCredential(token),
      name: 'shop',
      scopes: ['SESSIONS', 'EXECUTE'],
      expiresAt: null,
    });
    expect((await server.rest('POST', '/sessions', token, {})).status).toBe(201);
    const list = () => result('{ result: apiKeys { id } }', OPERATOR_KEY);
    expect(await list()).toContainEqual({ id: apiKey.id });
    const revoke = `mutation { result: revokeApiKey(input: { id: "${apiKey.id}" }) { __typename ... on Error { code } } }`;
    expect(await result(revoke, OPERATOR_KEY)).toEqual({ __typename: 'RevokeApiKeyPayload' });
    expect(await result(revoke, OPERATOR_KEY)).toMatchObject({ code: 'API_KEY_NOT_FOUND' });
    expect(await list()).not.toContainEqual({ id: apiKey.id });
    expect((await server.rest('POST', '/sessions', token, {})).status).toBe(401);
  });
  test('are for ADMIN alone, and have a scope', async () => {
    expect((await create('[ADMIN]', owner)).body.errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await create('[]', OPERATOR_KEY)).body.data.result).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('who comes back', () => {
  const participant = (externalId: string, role = 'CANDIDATE', name = 'Ada') =>
    result(
      `mutation { result: createParticipant(input: { sessionId: "${sessionId}", role: ${role}, name: "${name}", externalId: "${externalId}" }) {
        ... on CreateParticipantPayload { token user { id name role } } ... on Error { code message } } }`,
      owner,
    );
  const viewer = (token: string) => server.ask('{ viewer { user { id } role } }', token);

  test('with the same external id is the same user, with a token beside the older one', async () => {
    const first = await participant('u-1');
    const second = await participant('u-1', 'CANDIDATE', 'Another name');
    expect(second.user).toEqual(first.user);
    expect(second.token).not.toBe(first.token);
    for (const { token } of [first, second]) {
      expect((await viewer(token)).body.data.viewer.user).toEqual({ id: first.user.id });
    }
    expect((await participant('u-2')).user.id).not.toBe(first.user.id);
  });
  test('with another role has that role, and after leaving is the same user again', async () => {
    const { user, token } = await participant('u-1');
    expect((await participant('u-1', 'OBSERVER')).user).toEqual({ ...user, role: 'OBSERVER' });
    await server.rest('DELETE', `/sessions/${sessionId}/users/${user.id}`, host.token);
    expect((await viewer(token)).status).toBe(401);
    const again = await participant('u-1', 'HOST');
    expect(again.user).toEqual({ ...user, role: 'HOST' });
    expect((await viewer(again.token)).body.data.viewer).toEqual({ user: { id: user.id }, role: 'HOST' });
    expect((await viewer(token)).status).toBe(401);
  });
  test('and twenty at once with one external id are one user', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => participant('u-9')));
    expect(new Set(all.map(({ user }) => user.id)).size).toBe(1);
  });
  test('an invite brings a user back that has left, with its role, and ends its older tokens', async () => {
    await server.rest('DELETE', `/sessions/${sessionId}/users/${candidate.userId}`, candidate.token);
    const { invite, token } = await result(
      `mutation { result: createInvite(input: { sessionId: "${sessionId}", role: OBSERVER, userId: "${candidate.userId}" }) {
        ... on CreateInvitePayload { token invite { createdBy { kind id name } user { id name } } } ... on Error { code message } } }`,
      host.token,
    );
    expect(invite).toEqual({
      createdBy: { kind: 'USER', id: host.userId, name: 'host' },
      user: { id: candidate.userId, name: 'candidate' },
    });
    const join = { name: 'ignored', invite: token };
    const { status, body } = await server.rest('POST', `/sessions/${sessionId}/users`, null, join);
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: candidate.userId, name: 'candidate' });
    expect((await viewer(body.token)).body.data.viewer.role).toBe('OBSERVER');
    expect((await viewer(candidate.token)).status).toBe(401);
  });
});
