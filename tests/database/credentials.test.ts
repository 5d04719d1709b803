import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listApiKeys, mintApiKey, revokeApiKey } from '../../src/access/api-keys.ts';
import { callerOf, NOBODY } from '../../src/access/caller.ts';
import { type Credential, parseCredential } from '../../src/access/credential.ts';
import { Credentials } from '../../src/access/credentials.ts';
import { decideOutside } from '../../src/access/decide.ts';
import type { Identity } from '../../src/access/identity.ts';
import { keepTicket } from '../../src/access/tokens.ts';
import { CredentialWatch, type EndReason } from '../../src/access/watch.ts';
import type { CommandContext } from '../../src/app.ts';
import { createSession, deleteSession } from '../../src/sessions/service.ts';
import { createParticipant, createTicket } from '../../src/users/participants.ts';
import { leaveSession } from '../../src/users/service.ts';
import { MemoryBus } from '../support/memory-bus.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SYSTEM = callerOf({ kind: 'SYSTEM' });
const mayManageKeys = decideOutside(SYSTEM, 'MANAGE_KEYS');

let server: TestServer;
let context: CommandContext;
beforeAll(async () => {
  server = await startTestServer();
  context = { app: server.app, caller: NOBODY };
});
afterAll(() => server.close());

/** Two instances on one database and one bus. */
let bus: MemoryBus;
let here: Credentials;
let there: Credentials;
let sessionId: string;
beforeEach(async () => {
  bus = new MemoryBus();
  here = new Credentials(server.app.db, bus.ofInstance());
  there = new Credentials(server.app.db, bus.ofInstance());
  sessionId = (await createSession(context, {})).id;
});

function parsed(text: string): Credential {
  const credential = parseCredential(text);
  if (!credential) throw new Error(`No credential: ${text}`);
  return credential;
}

const newParticipant = (tokenExpiresAt: Date | null = null) =>
  createParticipant(context, sessionId, { name: 'Ada', role: 'CANDIDATE', tokenExpiresAt });
const newKey = async (expiresAt: Date | null = null) =>
  mintApiKey(server.app.db, mayManageKeys, { name: 'product', scopes: ['SESSIONS', 'EXECUTE'], expiresAt });
const wrong = (text: string) => parsed(text.replace(/.{43}$/, 'A'.repeat(43)));
const PAST = new Date(Date.now() - 1_000);

async function identityOf(token: string): Promise<Identity> {
  const identity = await there.participant(parsed(token));
  if (!identity) throw new Error('The token identifies nobody');
  return identity;
}

describe('a credential', () => {
  test('identifies an API key, until it is revoked', async () => {
    const { apiKey, token } = await newKey();
    expect(await here.apiKey(parsed(token))).toEqual({
      kind: 'API_KEY',
      id: apiKey.id,
      name: 'product',
      scopes: ['SESSIONS', 'EXECUTE'],
      expiresAt: null,
    });
    expect(await here.apiKey(wrong(token))).toBeNull();
    expect(await revokeApiKey(server.app.db, mayManageKeys, apiKey.id)).toMatchObject({ id: apiKey.id });
    here.announce({ credentialId: apiKey.id });
    expect(await here.apiKey(parsed(token))).toBeNull();
    expect(await there.apiKey(parsed(token))).toBeNull();
    expect(await revokeApiKey(server.app.db, mayManageKeys, apiKey.id)).toBeNull();
    const listed = await listApiKeys(server.app.db, mayManageKeys);
    expect(listed.map(({ id }) => id)).not.toContain(apiKey.id);
  });

  test('that has expired identifies nobody', async () => {
    expect(await here.apiKey(parsed((await newKey(PAST)).token))).toBeNull();
    expect(await here.participant(parsed((await newParticipant(PAST)).token))).toBeNull();
  });

  test('of a participant ends with the user and with the session', async () => {
    const [ada, grace] = [await newParticipant(), await newParticipant()];
    expect(await here.participant(wrong(ada.token))).toBeNull();
    await leaveSession(context, sessionId, ada.user.id);
    await expect.poll(() => here.participant(parsed(ada.token)), { timeout: 1_000 }).toBeNull();
    expect(await there.participant(parsed(grace.token))).toMatchObject({ role: 'CANDIDATE' });
    await deleteSession(context, sessionId);
    await expect.poll(() => there.participant(parsed(grace.token)), { timeout: 1_000 }).toBeNull();
  });

  test('of a participant expires with the session at the latest', async () => {
    const { token } = await newParticipant(new Date(Date.now() + 60_000));
    await server.app.db.session.update({ where: { id: sessionId }, data: { expiresAt: PAST } });
    expect(await here.participant(parsed(token))).toBeNull();
  });

  test('that is a ticket reads with the rights of its token, and ends with it', async () => {
    const { token, user } = await newParticipant();
    const caller = callerOf(await identityOf(token));
    const ticket = await createTicket({ ...context, caller });
    expect(ticket.expiresAt.getTime() - Date.now()).toBeGreaterThan(55_000);
    expect(ticket.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
    const { id } = parsed(ticket.token);
    expect(await here.ticket(parsed(ticket.token))).toMatchObject({ kind: 'TICKET', userId: user.id });
    expect(await here.ticket(wrong(ticket.token))).toBeNull();
    await keepTicket(server.app.db, id);
    const { expiresAt } = await server.app.db.ticket.findUniqueOrThrow({ where: { id } });
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(4 * 60_000);
    await leaveSession(context, sessionId, user.id);
    await expect.poll(() => there.ticket(parsed(ticket.token)), { timeout: 1_000 }).toBeNull();
  });

  test('that is a ticket is not good after its time', async () => {
    const caller = callerOf(await identityOf((await newParticipant()).token));
    const ticket = await createTicket({ ...context, caller });
    await server.app.db.ticket.update({ where: { id: parsed(ticket.token).id }, data: { expiresAt: PAST } });
    expect(await here.ticket(parsed(ticket.token))).toBeNull();
  });
});

describe('what was revoked', () => {
  const revoke = async (token: string) => {
    await server.app.db.participantToken.delete({ where: { id: parsed(token).id } });
  };

  test('is known at once where it was revoked, and where the message arrives', async () => {
    const { token, user } = await newParticipant();
    for (const credentials of [here, there])
      expect(await credentials.participant(parsed(token))).not.toBeNull();
    await revoke(token);
    here.announce({ sessionId, userId: user.id });
    for (const credentials of [here, there]) expect(await credentials.participant(parsed(token))).toBeNull();
  });

  test('is known half a second later where the message is lost', async () => {
    const { token } = await newParticipant();
    expect(await there.participant(parsed(token))).not.toBeNull();
    await revoke(token);
    await expect.poll(() => there.participant(parsed(token)), { timeout: 500 }).toBeNull();
  });

  test('is not seen by a look that begins after', async () => {
    const { token, user } = await newParticipant();
    const look = here.participant(parsed(token));
    await revoke(token);
    here.announce({ sessionId, userId: user.id });
    await look;
    expect(await here.participant(parsed(token))).toBeNull();
  });
});

describe('what is live', () => {
  /** Watches on the other instance, which hears nothing when the bus is silent. */
  function watch(identity: Identity) {
    const watching = new CredentialWatch(there, server.app.log);
    const reasons: EndReason[] = [];
    const stop = watching.watch(identity, (reason) => reasons.push(reason));
    return { reasons, stop, close: () => watching.close() };
  }

  test.each<[EndReason, string, (user: { id: string }) => Promise<unknown>]>([
    ['REVOKED', 'the user leaves', ({ id }) => leaveSession(context, sessionId, id)],
    ['REVOKED', 'the session is deleted', () => deleteSession(context, sessionId)],
    [
      'REVOKED',
      'the session expires',
      () => server.app.db.session.update({ where: { id: sessionId }, data: { expiresAt: new Date() } }),
    ],
    [
      'EXPIRED',
      'the token expires',
      ({ id: userId }) =>
        server.app.db.participantToken.updateMany({ where: { userId }, data: { expiresAt: new Date() } }),
    ],
    [
      'REVOKED',
      'the token is revoked',
      ({ id: userId }) => server.app.db.participantToken.deleteMany({ where: { userId } }),
    ],
    [
      'CHANGED',
      'the role changes',
      ({ id: userId }) =>
        server.app.db.user.updateMany({ where: { id: userId }, data: { role: 'OBSERVER' } }),
    ],
  ])('ends as %s within a second of silence when %s', async (reason, _what, end) => {
    const { user, token } = await newParticipant();
    const other = await newParticipant();
    const ended = watch(await identityOf(token));
    const stays = watch(await identityOf(other.token));
    await end(user);
    await expect.poll(() => ended.reasons, { timeout: 1_000 }).toEqual([reason]);
    if (!['the session is deleted', 'the session expires'].includes(_what)) expect(stays.reasons).toEqual([]);
    ended.close();
    stays.close();
  });

  test('ends by the message before the next look', async () => {
    const { user, token } = await newParticipant();
    const { reasons, close } = watch(await identityOf(token));
    await server.app.db.participantToken.deleteMany({ where: { userId: user.id } });
    const since = performance.now();
    here.announce({ sessionId, userId: user.id });
    await expect.poll(() => reasons, { interval: 5 }).toEqual(['REVOKED']);
    expect(performance.now() - since).toBeLessThan(300);
    close();
  });

  test('of a credential that ended just before it was watched ends', async () => {
    const { user, token } = await newParticipant();
    const identity = await identityOf(token);
    await leaveSession(context, sessionId, user.id);
    const { reasons, close } = watch(identity);
    await expect.poll(() => reasons).toEqual(['REVOKED']);
    close();
  });

  test('of an API key ends when that is revoked', async () => {
    const { apiKey, token } = await newKey();
    const identity = await there.apiKey(parsed(token));
    if (!identity) throw new Error('The key identifies nobody');
    const { reasons, close } = watch(identity);
    await revokeApiKey(server.app.db, mayManageKeys, apiKey.id);
    await expect.poll(() => reasons, { timeout: 1_000 }).toEqual(['REVOKED']);
    close();
  });

  test('is left alone once it has ended by itself', async () => {
    const { user, token } = await newParticipant();
    const { reasons, stop, close } = watch(await identityOf(token));
    const control = watch(await identityOf(token));
    stop();
    await leaveSession(context, sessionId, user.id);
    await expect.poll(() => control.reasons).toEqual(['REVOKED']);
    expect(reasons).toEqual([]);
    close();
    control.close();
  });
});
