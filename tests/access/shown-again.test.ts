import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type AccessServer,
  idOfCredential,
  OPERATOR_KEY,
  startAccessServer,
} from '../support/closed-server.ts';

/** A credential that was good before is not compared again: what ended it counts at the next request all the same. */
let server: AccessServer;
let sessionId: string;
let member: { token: string; userId: string };
beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server.close());

const path = () => `/sessions/${sessionId}`;
const get = async (token: string) => (await server.rest('GET', path(), token)).status;
const edit = async (token: string) => (await server.rest('PATCH', path(), token, { code: 'x' })).status;

beforeEach(async () => {
  sessionId = (await server.rest('POST', '/sessions', OPERATOR_KEY, {})).body.id;
  member = await server.participant(sessionId, 'HOST');
  for (const _ of [1, 2]) expect(await get(member.token)).toBe(200);
});

test('a token of somebody who was removed', async () => {
  await server.rest('DELETE', `${path()}/users/${member.userId}`, OPERATOR_KEY);
  expect(await get(member.token)).toBe(401);
});

test('a token of somebody who has another role', async () => {
  expect(await edit(member.token)).toBe(200);
  const role = { role: 'observer' };
  const changed = await server.rest('PATCH', `${path()}/users/${member.userId}`, OPERATOR_KEY, role);
  expect(changed.status).toBe(200);
  expect(await edit(member.token)).toBe(403);
  expect(await get(member.token)).toBe(200);
});

test('a token whose time is over', async () => {
  const body = { role: 'candidate', tokenExpiresAt: Date.now() + 3_000 };
  const { token } = (await server.rest('POST', `${path()}/participants`, OPERATOR_KEY, body)).body;
  expect(await get(token)).toBe(200);
  await expect.poll(() => get(token)).toBe(401);
});

test('a key that was revoked', async () => {
  const key = await server.key('ADMIN');
  for (const _ of [1, 2]) expect(await get(key)).toBe(200);
  expect((await server.rest('DELETE', `/keys/${idOfCredential(key)}`, OPERATOR_KEY)).status).toBe(204);
  expect(await get(key)).toBe(401);
});

test('another secret with the same id', async () => {
  for (const last of ['A', 'B', 'C']) {
    expect(await get(member.token.replace(/.$/, last))).toBe(member.token.endsWith(last) ? 200 : 401);
  }
  expect(await get(member.token)).toBe(200);
});
