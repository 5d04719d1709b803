import type { Database } from '../database/client.ts';
import { orGone } from '../database/errors.ts';
import type { Invite, Role } from '../database/generated/client.ts';
import { InviteInvalidError, SessionNotFoundError } from '../errors.ts';
import { mintCredential, parseCredential, secretMatches } from './credential.ts';
import { hasExpired } from './credentials.ts';
import type { Permit } from './decide.ts';

const DEFAULT_LIFETIME_MS = 24 * 60 * 60 * 1_000;

/** An invite to be made. */
export interface InviteOrder {
  readonly role: Role;
  readonly uses: number;
  /** Null for 24 hours from now. */
  readonly expiresAt: Date | null;
  /** The user who comes back with it; null for a new one. */
  readonly userId: string | null;
  readonly tokenExpiresAt: Date | null;
}

/**
 * Stores a new invite to the session of the permit. Returns it with its text, which is shown this once. Throws
 * SessionNotFoundError when the session has just been deleted.
 */
export async function mintInvite(
  db: Database,
  { sessionId }: Permit<'INVITE'>,
  { uses, expiresAt, ...order }: InviteOrder,
  maker: { readonly actor: string | null; readonly actorName: string | null },
): Promise<{ invite: Invite; token: string }> {
  const { text, ...minted } = mintCredential('cii');
  const now = new Date();
  const data = {
    ...minted,
    ...order,
    sessionId,
    createdBy: maker.actor,
    createdByName: maker.actorName,
    usesLeft: uses,
    createdAt: now,
    expiresAt: expiresAt ?? new Date(now.getTime() + DEFAULT_LIFETIME_MS),
  };
  const invite = await db.invite.create({ data }).catch(orGone(() => new SessionNotFoundError(sessionId)));
  return { invite, token: text };
}

/**
 * Returns the invite to the session that a text is. Its use is taken with the change that it allows. Throws
 * InviteInvalidError for one that is wrong, used up, expired or revoked alike.
 */
export async function findInvite(db: Database, sessionId: string, text: string): Promise<Invite> {
  const credential = parseCredential(text);
  if (credential?.kind !== 'INVITE') throw new InviteInvalidError();
  const { id, secret } = credential;
  const invite = await db.invite.findUnique({ where: { id } });
  if (!secretMatches(secret, invite) || invite?.sessionId !== sessionId) throw new InviteInvalidError();
  if (invite.usesLeft === 0 || hasExpired(invite)) throw new InviteInvalidError();
  return invite;
}

/** Returns the invites to the session of the permit that are good for something still, the oldest first. */
export function listInvites(db: Database, { sessionId }: Permit<'INVITE'>): Promise<Invite[]> {
  return db.invite.findMany({
    where: { sessionId, usesLeft: { gt: 0 }, expiresAt: { gt: new Date() } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}

/** Returns the id of an invite's session, which decides who may revoke it; null where there is no such invite. */
export async function sessionOfInvite(db: Database, id: string): Promise<string | null> {
  const invite = await db.invite.findUnique({ where: { id }, select: { sessionId: true } });
  return invite?.sessionId ?? null;
}

/** Revokes an invite to the session of the permit. Returns it as it was. Throws InviteInvalidError when there is none. */
export async function revokeInvite(
  db: Database,
  { sessionId }: Permit<'INVITE'>,
  id: string,
): Promise<Invite> {
  const invite = await db.invite.findUnique({ where: { id } });
  if (invite?.sessionId !== sessionId) throw new InviteInvalidError();
  const { count } = await db.invite.deleteMany({ where: { id } });
  if (count === 0) throw new InviteInvalidError();
  return invite;
}
