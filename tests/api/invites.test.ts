import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Caller, callerOf, NOBODY, STRANGER, SYSTEM } from '../../src/access/caller.ts';
import { parseCredential } from '../../src/access/credential.ts';
import type { InviteOrder } from '../../src/access/invites.ts';
import type { CommandContext } from '../../src/app.ts';
import type { User } from '../../src/database/generated/client.ts';
import { SessionAtCapacityError, UserNotFoundError } from '../../src/errors.ts';
import { createSession, deleteSession } from '../../src/sessions/service.ts';
import { MAX_USERS } from '../../src/users/colors.ts';
import {
  createInvite,
  createParticipant,
  invitesOf,
  joinByInvite,
  revokeInvite,
} from '../../src/users/participants.ts';
import { joinSession, leaveSession, listUsers } from '../../src/users/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let context: CommandContext;
beforeAll(async () => {
  server = await startTestServer();
  context = { app: server.app, caller: NOBODY };
});
afterAll(() => server.close());

let sessionId: string;
beforeEach(async () => {
  sessionId = (await createSession(context, {})).id;
});

const ORDER: InviteOrder = {
  role: 'CANDIDATE',
  uses: 1,
  expiresAt: null,
  userId: null,
  tokenExpiresAt: null,
};
const invite = (order: Partial<InviteOrder> = {}) => createInvite(context, sessionId, { ...ORDER, ...order });
const join = (text: string, id = sessionId) => joinByInvite(context, id, { invite: text });
const INVALID = { code: 'INVITE_INVALID' };

/** Whom a participant token identifies. */
async function identify(token: string) {
  const credential = parseCredential(token);
  return credential && server.app.credentials.participant(credential);
}

const usesLeft = async (id: string) =>
  (await server.app.db.invite.findUniqueOrThrow({ where: { id } })).usesLeft;

test('who joins with an invite has its role, and a token of that user', async () => {
  const { invite: made, token: text } = await invite();
  expect(made.expiresAt.getTime() - made.createdAt.getTime()).toBe(24 * 60 * 60 * 1_000);
  const { user, token } = await joinByInvite(context, sessionId, { name: 'Ada', invite: text });
  expect(user).toMatchObject({ name: 'Ada', role: 'CANDIDATE' });
  expect(await identify(token)).toMatchObject({
    kind: 'PARTICIPANT',
    sessionId,
    userId: user.id,
    role: 'CANDIDATE',
    expiresAt: null,
  });
});

test('an invite of one use, raced by fifty, makes one participant', async () => {
  const { invite: made, token } = await invite();
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => join(token)));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refused).toHaveLength(49);
  for (const error of refused) expect(error).toMatchObject(INVALID);
  expect(await listUsers(context, sessionId)).toHaveLength(1);
  expect(await server.app.db.participantToken.count({ where: { sessionId } })).toBe(1);
  expect(await usesLeft(made.id)).toBe(0);
});

test('an invite of three uses, raced by twenty, makes three participants', async () => {
  const { token } = await invite({ uses: 3 });
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => join(token)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(await listUsers(context, sessionId)).toHaveLength(3);
});

test('a session that is full gives the use back', async () => {
  const users = [];
  while (users.length < MAX_USERS) users.push((await joinSession(context, sessionId, {})).user);
  const { invite: made, token } = await invite();
  await expect(join(token)).rejects.toThrow(SessionAtCapacityError);
  expect(await usesLeft(made.id)).toBe(1);
  await leaveSession(context, sessionId, users[0]?.id ?? '');
  expect(await join(token)).toMatchObject({ user: { role: 'CANDIDATE' } });
});

describe('an invite is not valid', () => {
  test.each<[string, () => Promise<string>]>([
    ['that is no credential', async () => 'garbage'],
    ['that nobody made', async () => `cii_${'0'.repeat(16)}_${'A'.repeat(43)}`],
    ['with a wrong secret', async () => (await invite()).token.replace(/.{43}$/, 'A'.repeat(43))],
    ['that has expired', async () => (await invite({ expiresAt: new Date(Date.now() - 1) })).token],
    [
      'that was revoked',
      async () => {
        const { invite: made, token } = await invite();
        await revokeInvite(context, made.id);
        return token;
      },
    ],
    ['that is a participant token', async () => (await join((await invite()).token)).token],
  ])('%s', async (_what, make) => {
    await expect(join(await make())).rejects.toMatchObject(INVALID);
  });

  test('for another session, and it keeps its use', async () => {
    const { invite: made, token } = await invite();
    const { id: other } = await createSession(context, {});
    await expect(join(token, other)).rejects.toMatchObject(INVALID);
    await expect(join(token, 'nothing000')).rejects.toMatchObject(INVALID);
    expect(await usesLeft(made.id)).toBe(1);
  });

  test('of a session that was deleted', async () => {
    const { token } = await invite();
    await deleteSession(context, sessionId);
    await expect(join(token)).rejects.toMatchObject(INVALID);
  });
});

test('an invite is revoked once, by who may', async () => {
  const { invite: made } = await invite();
  const key = callerOf({ kind: 'API_KEY', id: 'other', name: '', scopes: ['SESSIONS'], expiresAt: null });
  await expect(revokeInvite({ ...context, caller: key }, made.id)).rejects.toMatchObject(INVALID);
  await expect(revokeInvite({ ...context, caller: STRANGER }, made.id)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(await revokeInvite(context, made.id)).toMatchObject({ id: made.id });
  await expect(revokeInvite(context, made.id)).rejects.toMatchObject(INVALID);
});

test('the invites of a session are those that are good for something', async () => {
  const first = await invite();
  const second = await invite({ role: 'OBSERVER', uses: 2 });
  await invite({ expiresAt: new Date(Date.now() - 1) });
  expect((await invitesOf(context, sessionId)).map(({ id }) => id)).toEqual([
    first.invite.id,
    second.invite.id,
  ]);
  await join(first.token);
  expect((await invitesOf(context, sessionId)).map(({ id }) => id)).toEqual([second.invite.id]);
});

test('an invite for a user brings that user back, and ends the older tokens', async () => {
  const { user, token } = await createParticipant(context, sessionId, {
    name: 'Ada',
    role: 'CANDIDATE',
    tokenExpiresAt: null,
  });
  expect(await identify(token)).not.toBeNull();
  const back = await join((await invite({ userId: user.id, role: 'OBSERVER' })).token);
  expect(back.user).toEqual({ ...user, role: 'OBSERVER' });
  expect(back.session.users).toEqual([back.user]);
  expect(await identify(back.token)).toMatchObject({ userId: user.id });
  expect(await identify(token)).toBeNull();
  expect(await listUsers(context, sessionId)).toHaveLength(1);
});

describe('an invite that brings back', () => {
  let user: User;
  let token: string;
  beforeEach(async () => {
    const entry = { name: 'Ada', role: 'CANDIDATE', tokenExpiresAt: null } as const;
    ({ user } = await createParticipant(context, sessionId, entry));
    ({ token } = await invite({ userId: user.id }));
  });
  const asKey = () => callerOf({ kind: 'API_KEY', id: 'shop', name: '', scopes: ['ADMIN'], expiresAt: null });
  const leave = (caller: Caller) => leaveSession({ ...context, caller }, sessionId, user.id);

  test('ends when somebody else removes the user, and another can be made', async () => {
    const { token: general } = await invite();
    await leave(asKey());
    await expect(join(token)).rejects.toMatchObject(INVALID);
    expect((await join(general)).user.id).not.toBe(user.id);
    expect((await join((await invite({ userId: user.id })).token)).user.id).toBe(user.id);
  });

  test('is raced by the removal, and the user is out or the invite unused', async () => {
    const [joined] = await Promise.allSettled([join(token), leave(asKey())]);
    if (joined.status === 'rejected') expect(joined.reason).toMatchObject(INVALID);
    expect(await listUsers(context, sessionId)).toEqual([]);
    await expect(join(token)).rejects.toMatchObject(INVALID);
  });

  test.each<[string, () => Caller]>([
    ['when the user leaves', () => participantCaller(user.id)],
    ['when the server removes it for being offline', () => SYSTEM],
    ['when nobody in particular removes it', () => NOBODY],
  ])('stays %s', async (_when, caller) => {
    await leave(caller());
    expect((await join(token)).user.id).toBe(user.id);
  });

  const participantCaller = (userId: string) =>
    callerOf({
      kind: 'PARTICIPANT',
      tokenId: 'token',
      sessionId,
      userId,
      role: 'CANDIDATE',
      expiresAt: null,
      expiresWithSession: false,
    });
});

test('an invite for a user who does not exist is not made', async () => {
  await expect(invite({ userId: 'nobody00' })).rejects.toThrow(UserNotFoundError);
});

test('nothing that is stored holds a secret', async () => {
  const { token: text } = await invite();
  const { token } = await join(text);
  const { db } = server.app;
  const rows = [
    await db.invite.findMany(),
    await db.participantToken.findMany(),
    await db.sessionEvent.findMany(),
  ];
  for (const shown of [text, token]) {
    expect(JSON.stringify(rows)).not.toContain(parseCredential(shown)?.secret);
  }
});
