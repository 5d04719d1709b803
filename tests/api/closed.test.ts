import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mintApiKey } from '../../src/access/api-keys.ts';
import { SYSTEM } from '../../src/access/caller.ts';
import { decideOutside } from '../../src/access/decide.ts';
import type { Scope } from '../../src/access/identity.ts';
import type { InviteOrder } from '../../src/access/invites.ts';
import { createSession } from '../../src/sessions/service.ts';
import { createInvite, createParticipant } from '../../src/users/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

const OPERATOR_KEY = 'a key of the operator, of 38 characters';
const ORDER: InviteOrder = {
  role: 'CANDIDATE',
  uses: 1,
  expiresAt: null,
  userId: null,
  tokenExpiresAt: null,
};

/** The columns of the table, by the credential that is shown. */
const COLUMNS = [
  'none',
  'elsewhere',
  'observer',
  'candidate',
  'host',
  'owner',
  'noScope',
  'otherKey',
] as const;
type Column = (typeof COLUMNS)[number];

let server: TestServer;
let sessionId: string;
const tokens: Partial<Record<Column, string>> = {};
const users: Partial<Record<Column, string>> = {};
beforeAll(async () => {
  server = await startTestServer({ ACCESS: 'closed', OPERATOR_KEY });
  const context = { app: server.app, caller: SYSTEM };
  const key = async (...scopes: Scope[]) => {
    const permit = decideOutside(SYSTEM, 'MANAGE_KEYS');
    return (await mintApiKey(server.app.db, permit, { name: 'k', scopes, expiresAt: null })).token;
  };
  tokens.owner = await key('SESSIONS', 'EXECUTE', 'METRICS');
  tokens.noScope = await key('EXECUTE');
  tokens.otherKey = await key('SESSIONS');
  sessionId = (await rest('POST', '/sessions', 'owner', {})).body.id;
  const { id: another } = await createSession(context, {});
  const add = async (column: Column, id: string, role: 'HOST' | 'CANDIDATE' | 'OBSERVER') => {
    const joined = await createParticipant(context, id, { name: column, role, tokenExpiresAt: null });
    tokens[column] = joined.token;
    users[column] = joined.user.id;
  };
  await add('elsewhere', another, 'HOST');
  await add('observer', sessionId, 'OBSERVER');
  await add('candidate', sessionId, 'CANDIDATE');
  await add('host', sessionId, 'HOST');
});
afterAll(() => server.close());

const authorization = (column: Column): Record<string, string> =>
  tokens[column] === undefined ? {} : { authorization: `Bearer ${tokens[column]}` };

async function rest(method: string, path: string, column: Column, body?: object) {
  const response = await fetch(server.api + path, {
    method,
    headers: { 'content-type': 'application/json', ...authorization(column) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

async function ask(query: string, column: Column) {
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization(column) },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** `y` yes; `401`, `403`, or `404`, which is also null and the error that an unknown id gets. */
type Outcome = 'y' | 401 | 403 | 404;
const row = (...outcomes: Outcome[]) =>
  Object.fromEntries(COLUMNS.map((column, index) => [column, outcomes[index]]));

const OUTCOMES: Record<string, Outcome> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SESSION_NOT_FOUND: 404,
  EXECUTION_NOT_FOUND: 404,
};

async function eachByGraphQL(query: string) {
  const outcomes: [Column, Outcome | string][] = [];
  for (const column of COLUMNS) {
    const { data, errors } = await ask(query, column);
    const result = data?.result;
    const code = errors?.[0]?.extensions.code ?? result?.code;
    outcomes.push([column, code ? (OUTCOMES[code] ?? code) : result === null ? 404 : 'y']);
  }
  return Object.fromEntries(outcomes);
}

//                none else obs can host own noSc other
const CHANGE = row(401, 404, 403, 'y', 'y', 'y', 404, 404);
const CONTROL = row(401, 404, 403, 403, 'y', 'y', 404, 404);
const errorCode = '... on Error { code }';

describe('over REST', () => {
  test('nobody joins without an invite', async () => {
    for (const column of COLUMNS) {
      expect(await rest('POST', `/sessions/${sessionId}/users`, column, {})).toMatchObject({
        status: 403,
        body: { error: 'INVITE_INVALID' },
      });
    }
  });
  test('who joins with an invite gets a token, whatever is shown beside it', async () => {
    const context = { app: server.app, caller: SYSTEM };
    const { token: invite } = await createInvite(context, sessionId, ORDER);
    const { status, body } = await rest('POST', `/sessions/${sessionId}/users`, 'none', { invite });
    expect({ status, body }).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^cip_/) } });
    expect(body).not.toHaveProperty('role');
    const answer = await rest('DELETE', `/sessions/${sessionId}/users/${body.id}`, 'candidate');
    expect(answer.status).toBe(403);
    expect((await rest('DELETE', `/sessions/${sessionId}/users/${body.id}`, 'host')).status).toBe(204);
  });
});

describe('over GraphQL', () => {
  test('a completed session is read-only for candidates', async () => {
    const set = (status: string) => rest('PATCH', `/sessions/${sessionId}`, 'host', { status });
    await set('completed');
    const edit = `mutation { result: updateSession(input: { id: "${sessionId}", code: "z" }) { __typename ${errorCode} } }`;
    expect(await eachByGraphQL(edit)).toEqual(CONTROL);
    await set('active');
    expect(await eachByGraphQL(edit)).toEqual(CHANGE);
  });
});

describe('participants over GraphQL', () => {
  const create = () =>
    `mutation { result: createInvite(input: { sessionId: "${sessionId}", role: CANDIDATE }) {
      ${errorCode} ... on CreateInvitePayload { token invite { id role usesLeft user { id } } } } }`;

  test('an invite is made, joined with once, and its token is good for its role', async () => {
    const { token: invite, invite: made } = (await ask(create(), 'host')).data.result;
    expect(made).toMatchObject({ role: 'CANDIDATE', usesLeft: 1, user: null });
    const join = `mutation { result: joinSession(input: { sessionId: "${sessionId}", name: "Ada", invite: "${invite}" }) {
      ${errorCode} ... on JoinSessionPayload { token user { id name role } session { id } } } }`;
    const { result } = (await ask(join, 'none')).data;
    expect(result).toMatchObject({
      token: expect.stringMatching(/^cip_/),
      user: { name: 'Ada', role: 'CANDIDATE' },
    });
    expect((await ask(join, 'none')).data.result).toEqual({ code: 'INVITE_INVALID' });
    await rest('DELETE', `/sessions/${sessionId}/users/${result.user.id}`, 'host');
  });

  test('an invite is revoked by a host, and of a foreign session it is not valid', async () => {
    const { id } = (await ask(create(), 'host')).data.result.invite;
    const revoke = `mutation { result: revokeInvite(input: { id: "${id}" }) { __typename ${errorCode} } }`;
    expect((await ask(revoke, 'elsewhere')).data.result).toMatchObject({ code: 'INVITE_INVALID' });
    expect((await ask(revoke, 'candidate')).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await ask(revoke, 'host')).data.result).toEqual({ __typename: 'RevokeInvitePayload' });
    expect((await ask(revoke, 'host')).data.result).toMatchObject({ code: 'INVITE_INVALID' });
  });

  test('a role is set by hosts and owners, is an event, and ends what is live', async () => {
    const set = (role: string) =>
      `mutation { result: setRole(input: { sessionId: "${sessionId}", userId: "${users.candidate}", role: ${role} }) {
        __typename ${errorCode} ... on SetRolePayload { user { id role } } } }`;
    expect(await eachByGraphQL(set('CANDIDATE'))).toEqual(CONTROL);
    const params = { token: tokens.candidate };
    const socket = await openSocket(server.graphql, { params });
    expect((await ask(set('OBSERVER'), 'host')).data.result.user).toEqual({
      id: users.candidate,
      role: 'OBSERVER',
    });
    expect(await socket.closed).toBe(4403);
    expect((await rest('PATCH', `/sessions/${sessionId}`, 'candidate', { code: 'x' })).status).toBe(403);
    server.app.sessions.forget(sessionId);
    const role = `{ result: session(id: "${sessionId}") { users { id role } } }`;
    const { users: members } = (await ask(role, 'candidate')).data.result;
    expect(members).toContainEqual({ id: users.candidate, role: 'OBSERVER' });
    const { events } = (await rest('GET', `/sessions/${sessionId}/events`, 'host')).body;
    expect(events.at(-1)).toMatchObject({
      type: 'RoleChanged',
      role: 'observer',
      user: { id: users.candidate },
    });
    await ask(set('CANDIDATE'), 'owner');
    expect((await rest('PATCH', `/sessions/${sessionId}`, 'candidate', { code: 'x' })).status).toBe(200);
  });
});
