import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import type { InviteOrder } from '../../src/access/invites.ts';
import { createInvite, revokeInvite } from '../../src/users/participants.ts';
import { newSession, participant } from '../support/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ORDER: InviteOrder = {
  role: 'CANDIDATE',
  uses: 1,
  expiresAt: null,
  userId: null,
  tokenExpiresAt: null,
};

let server: TestServer;
beforeAll(async () => {
  // Each test comes from an address of its own, so that the failures of others do not count.
  server = await startTestServer({
    ACCESS: 'closed',
    TRUSTED_PROXIES: 'loopback',
    GRAPHQL_BATCH_LIMIT: '20',
  });
});
afterAll(() => server.close());

let sessionId: string;
let address = 0;
beforeEach(async () => {
  address += 1;
  sessionId = await newSession(server.app);
});

const context = () => ({ app: server.app, caller: SYSTEM });
const invite = (order: Partial<InviteOrder> = {}) =>
  createInvite(context(), sessionId, { ...ORDER, ...order });
const headers = () => ({
  'content-type': 'application/json',
  'x-forwarded-for': `203.0.113.${address}`,
});
const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: headers(), body: JSON.stringify(body) });
const join = (text: string) => post(`${server.api}/sessions/${sessionId}/users`, { invite: text });

/** What is stored of a redeemed invite. */
async function stored(inviteId: string) {
  const { db } = server.app;
  const where = { sessionId };
  const { usesLeft } = await db.invite.findUniqueOrThrow({ where: { id: inviteId } });
  return {
    usesLeft,
    users: await db.user.count({ where }),
    tokens: await db.participantToken.count({ where }),
  };
}

test('one invite of one use, raced by fifty clients, makes one participant', async () => {
  const { invite: made, token } = await invite();
  const answers = await Promise.all(Array.from({ length: 50 }, () => join(token)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  // Each of the others is a failure of their one address.
  expect(statuses.filter((status) => status === 403)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(39);
  expect(await stored(made.id)).toEqual({ usesLeft: 0, users: 1, tokens: 1 });
});

test('an invite is not used, and nobody joins, where the token cannot be stored', async () => {
  const { invite: made, token } = await invite();
  const repair = await breakInsertsOfTokens();
  expect((await join(token)).status).toBe(500);
  expect(await stored(made.id)).toEqual({ usesLeft: 1, users: 0, tokens: 0 });
  await repair();
  expect((await join(token)).status).toBe(201);
  expect(await stored(made.id)).toEqual({ usesLeft: 0, users: 1, tokens: 1 });
});

test('who comes back keeps the older token where the new one cannot be stored', async () => {
  const { user, token: older } = await participant(server.app, sessionId, 'CANDIDATE');
  const { invite: made, token } = await invite({ userId: user.id, role: 'OBSERVER' });
  const read = () =>
    fetch(`${server.api}/sessions/${sessionId}`, {
      headers: { ...headers(), authorization: `Bearer ${older}` },
    });
  const repair = await breakInsertsOfTokens();
  expect((await join(token)).status).toBe(500);
  expect(await stored(made.id)).toEqual({ usesLeft: 1, users: 1, tokens: 1 });
  expect((await read()).status).toBe(200);
  await repair();
  expect((await join(token)).status).toBe(201);
  expect(await stored(made.id)).toEqual({ usesLeft: 0, users: 1, tokens: 1 });
  expect((await read()).status).toBe(401);
});

/** Makes every insert of a participant token fail, as a crash between two statements would leave it undone. */
async function breakInsertsOfTokens(): Promise<() => Promise<void>> {
  const { db } = server.app;
  const isPostgresql = inject('postgresqlUrl') !== undefined;
  if (isPostgresql) {
    await db.$executeRawUnsafe(
      `CREATE OR REPLACE FUNCTION no_tokens() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no'; END $$ LANGUAGE plpgsql`,
    );
    await db.$executeRawUnsafe(
      'CREATE TRIGGER no_tokens BEFORE INSERT ON "ParticipantToken" EXECUTE FUNCTION no_tokens()',
    );
  } else {
    await db.$executeRawUnsafe(
      `CREATE TRIGGER no_tokens BEFORE INSERT ON "ParticipantToken" BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
  }
  return async () => {
    await db.$executeRawUnsafe(`DROP TRIGGER no_tokens${isPostgresql ? ' ON "ParticipantToken"' : ''}`);
  };
}

test('a revoked invite lets nobody in, however close the two are', async () => {
  for (let round = 0; round < 10; round += 1) {
    address += 1;
    const { invite: made, token } = await invite();
    const joining = join(token);
    const revoked = await revokeInvite(context(), made.id).catch(() => null);
    const revokedAt = await server.app.db.user.count({ where: { sessionId } });
    const { status } = await joining;
    expect([201, 403]).toContain(status);
    // Who was not there when the invite was revoked does not come later.
    if (revoked) expect(await server.app.db.user.count({ where: { sessionId } })).toBe(revokedAt);
    sessionId = await newSession(server.app);
  }
});

describe('guessing is slow', () => {
  const GARBAGE = `cii_${'0'.repeat(16)}_${'A'.repeat(43)}`;
  const field = (alias: string) =>
    `${alias}: joinSession(input: { sessionId: "${sessionId}", invite: "${GARBAGE}" }) { ... on Error { code } }`;
  const many = (count: number) =>
    `mutation { ${Array.from({ length: count }, (_, index) => field(`a${index}`)).join(' ')} }`;

  test('over REST: ten failures a minute, then 429, while a good invite goes on', async () => {
    for (let count = 0; count < 10; count += 1) expect((await join(GARBAGE)).status).toBe(403);
    const refused = await join(GARBAGE);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await join((await invite()).token)).status).toBe(201);
    address += 1;
    expect((await join(GARBAGE)).status).toBe(403);
  });

  test('each alias of an operation counts by itself', async () => {
    const first = await post(server.graphql, { query: many(4) });
    expect(Object.values((await first.json()).data)).toEqual(Array(4).fill({ code: 'INVITE_INVALID' }));
    await post(server.graphql, { query: many(4) });
    const { data, errors } = await (await post(server.graphql, { query: many(4) })).json();
    expect(data).toBeNull();
    expect(errors.map(({ extensions }: { extensions: object }) => extensions)).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'RATE_LIMITED' })]),
    );
    const { status } = await join(GARBAGE);
    expect(status).toBe(429);
  });

  test('each element of a batch counts by itself', async () => {
    await post(
      server.graphql,
      Array.from({ length: 10 }, () => ({ query: many(1) })),
    );
    expect((await join(GARBAGE)).status).toBe(429);
  });

  test('a credential and an invite count together', async () => {
    for (let count = 0; count < 5; count += 1) await join(GARBAGE);
    for (let count = 0; count < 5; count += 1) {
      const bad = { ...headers(), authorization: 'Bearer garbage' };
      expect((await fetch(`${server.api}/sessions/${sessionId}`, { headers: bad })).status).toBe(401);
    }
    expect((await join(GARBAGE)).status).toBe(429);
  });
});
