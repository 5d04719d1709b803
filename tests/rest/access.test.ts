import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';

let server: AccessServer;
let owner: string;
beforeAll(async () => {
  server = await startAccessServer();
  owner = await server.key('SESSIONS');
});
afterAll(() => server.close());

let path: string;
beforeEach(async () => {
  path = `/sessions/${(await server.rest('POST', '/sessions', owner, {})).body.id}`;
});

const SECRET = '[\\w-]{43}';
const text = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-z]{16}_${SECRET}$`));
const ID = expect.stringMatching(/^[0-9a-z]{16}$/);
const TIME = expect.any(Number);
const HOUR = 3_600_000;

describe('invites', () => {
  test('are made, listed without their secret, and revoked', async () => {
    const before = Date.now();
    const { status, body } = await server.rest('POST', `${path}/invites`, owner, { role: 'candidate' });
    expect(status).toBe(201);
    const invite = { id: ID, role: 'candidate', usesLeft: 1, expiresAt: TIME, createdAt: TIME };
    expect(body).toEqual({ ...invite, token: text('cii') });
    expect(body.expiresAt - body.createdAt).toBe(24 * HOUR);
    expect(body.createdAt).toBeGreaterThanOrEqual(before);
    const { token: _secret, ...listed } = body;
    expect((await server.rest('GET', `${path}/invites`, owner)).body).toEqual({ invites: [listed] });
    expect((await server.rest('DELETE', `${path}/invites/${body.id}`, owner)).status).toBe(204);
    const again = await server.rest('DELETE', `${path}/invites/${body.id}`, owner);
    expect(again).toMatchObject({ status: 403, body: { error: 'INVITE_INVALID' } });
    const join = await server.rest('POST', `${path}/users`, null, { invite: body.token });
    expect(join).toMatchObject({ status: 403, body: { error: 'INVITE_INVALID' } });
  });

  test('of another session are not valid under the path of this one', async () => {
    const { body } = await server.rest('POST', `${path}/invites`, owner, { role: 'host', uses: 3 });
    const other = `/sessions/${(await server.rest('POST', '/sessions', owner, {})).body.id}`;
    const answer = await server.rest('DELETE', `${other}/invites/${body.id}`, owner);
    expect(answer).toMatchObject({ status: 403, body: { error: 'INVITE_INVALID' } });
    expect((await server.rest('GET', `${path}/invites`, owner)).body.invites).toHaveLength(1);
  });

  test.each([
    [{ role: 'guest' }, 400, /^role must be one of: host, candidate, observer$/],
    [{ role: 'host', uses: 0 }, 400, /^uses must be at least 1$/],
    [{ role: 'host', expiresAt: 1 }, 400, /^expiresAt must be in the future$/],
    [{ role: 'host', tokenExpiresAt: 1 }, 400, /^tokenExpiresAt must be in the future$/],
    [{ role: 'host', userId: 'nobody00' }, 404, /not found in session$/],
    [{}, 422, /^role: Field required$/],
  ])('that do not fit are refused: %j', async (body, status, message) => {
    const answer = await server.rest('POST', `${path}/invites`, owner, body);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toMatch(message);
  });
});

test('a participant is added with a role and a token, and gets another role', async () => {
  const tokenExpiresAt = Date.now() + HOUR;
  const entry = { role: 'observer', name: 'Ada', externalId: 'u-1', tokenExpiresAt };
  const { status, body } = await server.rest('POST', `${path}/participants`, owner, entry);
  expect(status).toBe(201);
  const user = { id: expect.any(String), name: 'Ada', color: '#22d3ee', joinedAt: TIME, role: 'observer' };
  expect(body).toEqual({ user, token: text('cip') });
  const members = await server.rest('GET', `${path}/users`, body.token);
  expect(Object.keys(members.body.users[0])).toEqual(['id', 'name', 'color', 'joinedAt']);
  const member = `${path}/users/${body.user.id}`;
  const changed = await server.rest('PATCH', member, owner, { role: 'host' });
  expect(changed).toMatchObject({ status: 200, body: { ...body.user, role: 'host' } });
  const viewer = await server.rest('GET', '/viewer', body.token);
  expect(viewer.body).toMatchObject({ kind: 'participant', role: 'host', expiresAt: tokenExpiresAt });
  expect((await server.rest('POST', `${path}/participants`, owner, entry)).body.user.id).toBe(body.user.id);
});

test('a ticket is made for who shows a participant token', async () => {
  const { body } = await server.rest('POST', `${path}/participants`, owner, { role: 'observer' });
  const ticket = await server.rest('POST', '/tickets', body.token);
  expect(ticket).toMatchObject({ status: 201, body: { token: text('cit'), expiresAt: TIME } });
  expect(await server.rest('POST', '/tickets', owner)).toMatchObject({ status: 403 });
  expect(await server.rest('POST', '/tickets', null)).toMatchObject({ status: 401 });
});

test('keys are made, listed without their secret, and revoked, with admin alone', async () => {
  const order = { name: 'shop', scopes: ['execute', 'sessions'], expiresAt: Date.now() + HOUR };
  const { status, body } = await server.rest('POST', '/keys', OPERATOR_KEY, order);
  expect(status).toBe(201);
  expect(body).toEqual({
    ...order,
    scopes: ['sessions', 'execute'],
    id: ID,
    createdAt: TIME,
    token: text('cik'),
  });
  const { token, ...key } = body;
  expect((await server.rest('GET', '/keys', OPERATOR_KEY)).body.keys).toContainEqual(key);
  expect((await server.rest('GET', '/viewer', token)).body).toEqual({
    kind: 'api_key',
    role: null,
    user: null,
    session: null,
    scopes: ['sessions', 'execute'],
    expiresAt: order.expiresAt,
  });
  expect((await server.rest('GET', '/keys', token)).status).toBe(403);
  expect((await server.rest('DELETE', `/keys/${key.id}`, OPERATOR_KEY)).status).toBe(204);
  expect((await server.rest('DELETE', `/keys/${key.id}`, OPERATOR_KEY)).body.error).toBe('API_KEY_NOT_FOUND');
  expect((await server.rest('GET', '/viewer', token)).status).toBe(401);
  const wrong = await server.rest('POST', '/keys', OPERATOR_KEY, { name: 'x', scopes: ['ADMIN'] });
  expect(wrong.body.message).toBe('scopes must be one of: sessions, execute, metrics, admin');
});

test('the viewer is nobody without a credential, and a wrong one is refused', async () => {
  expect((await server.rest('GET', '/viewer', null)).body.kind).toBe('anonymous');
  const wrong = await server.rest('GET', '/viewer', 'nonsense');
  expect(wrong.status).toBe(401);
  expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
});

test('joining with an invite answers the old fields, and a token beside them', async () => {
  const { body: invite } = await server.rest('POST', `${path}/invites`, owner, { role: 'candidate' });
  const joined = await server.rest('POST', `${path}/users`, null, { name: 'Ada', invite: invite.token });
  expect(joined.status).toBe(201);
  expect(Object.keys(joined.body)).toEqual(['id', 'name', 'color', 'joinedAt', 'token']);
});
