import { afterAll, beforeAll, expect, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import { MAX_USERS } from '../../src/users/colors.ts';
import { createInvite } from '../../src/users/participants.ts';
import { newDatabase } from '../support/database.ts';
import { newSession, participant } from '../support/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let servers: TestServer[];
beforeAll(async () => {
  const { url } = await newDatabase();
  const settings = { DATABASE_URL: url, ACCESS: 'closed', TRUSTED_PROXIES: 'loopback' };
  servers = await Promise.all([startTestServer(settings), startTestServer(settings)]);
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Fifty clients, each with an address of its own, join over one instance or the other at once. */
async function race(uses: number, taken = 0) {
  const [{ app }] = servers as [TestServer, TestServer];
  const sessionId = await newSession(app);
  for (let count = 0; count < taken; count += 1) await participant(app, sessionId, 'OBSERVER');
  const order = { role: 'CANDIDATE', uses, expiresAt: null, userId: null, tokenExpiresAt: null } as const;
  const { invite, token } = await createInvite({ app, caller: SYSTEM }, sessionId, order);
  const joins = Array.from({ length: 50 }, async (_, index) => {
    const response = await fetch(`${servers[index % 2]?.api}/sessions/${sessionId}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.${index}` },
      body: JSON.stringify({ invite: token }),
    });
    return response.status;
  });
  const statuses = await Promise.all(joins);
  const joined = statuses.filter((status) => status === 201).length;
  const where = { sessionId };
  const users = await app.db.user.count({ where });
  const tokens = await app.db.participantToken.count({ where });
  const { usesLeft } = await app.db.invite.findUniqueOrThrow({ where: { id: invite.id } });
  return { joined, users: users - taken, tokens: tokens - taken, usesLeft, others: new Set(statuses) };
}

test('one invite of one use, raced over two instances, makes one participant', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { others, ...outcome } = await race(1);
    expect(outcome).toEqual({ joined: 1, users: 1, tokens: 1, usesLeft: 0 });
    expect(others).toEqual(new Set([201, 403]));
  }
});

test('a session that gets full gives the uses back', async () => {
  const { others, ...outcome } = await race(5, MAX_USERS - 2);
  expect(outcome).toEqual({ joined: 2, users: 2, tokens: 2, usesLeft: 3 });
  expect(others).toEqual(new Set([201, 409]));
});
