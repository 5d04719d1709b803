import type { Database } from '../database/client.ts';
import { orGone } from '../database/errors.ts';
import type { ParticipantToken } from '../database/generated/client.ts';
import { ForbiddenError, UnauthenticatedError } from '../errors.ts';
import type { UserKey } from './caller.ts';
import { mintCredential } from './credential.ts';
import type { Permit } from './decide.ts';

/** A participant token that a change of its session stores. */
export interface TokenGrant {
  readonly token: ParticipantToken;
  /** The invite that loses a use by it; null for none. */
  readonly invite: string | null;
  /** Whether all other tokens of the user end. */
  readonly endsOthers: boolean;
}

/** Returns what stores a new participant token of a user, and its text, which is shown this once. */
export function grantToken(
  { sessionId, userId }: UserKey,
  { expiresAt, ...grant }: Omit<TokenGrant, 'token'> & { readonly expiresAt: Date | null },
): { readonly text: string; readonly grant: TokenGrant } {
  const { text, ...minted } = mintCredential('cip');
  const token = { ...minted, sessionId, userId, createdAt: new Date(), expiresAt };
  return { text, grant: { token, ...grant } };
}

/** Stores a token of a user whom nothing else changes. */
export async function storeToken(db: Database, { token }: TokenGrant): Promise<void> {
  await db.participantToken.create({ data: token });
}

/** Ends the tokens of a session that were made before its end, which has come: another end must not make them good again. */
export async function endTokensOf(db: Database, sessionId: string, end: Date): Promise<void> {
  await db.participantToken.deleteMany({ where: { sessionId, createdAt: { lte: end } } });
}

/** How long a ticket waits for its first use, and for the next one. */
const FIRST_USE_MS = 60_000;
const NEXT_USE_MS = 5 * 60_000;

/**
 * Stores a new ticket of the participant token that asks for it. Returns its text, which is shown this once, and when it
 * ends unless it is used. Throws ForbiddenError for another caller, UnauthenticatedError when the token has just ended.
 */
export async function mintTicket(
  db: Database,
  { tokenId }: Permit<'CREATE_TICKET'>,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  if (tokenId === null) throw new ForbiddenError();
  const { text, ...minted } = mintCredential('cit');
  const expiresAt = new Date(Date.now() + FIRST_USE_MS);
  await db.ticket
    .create({ data: { ...minted, tokenId, expiresAt } })
    .catch(orGone(() => new UnauthenticatedError()));
  return { token: text, expiresAt };
}

/** Says that a ticket is in use, which keeps it good for a while. */
export async function keepTicket(db: Database, id: string): Promise<void> {
  await db.ticket.updateMany({ where: { id }, data: { expiresAt: new Date(Date.now() + NEXT_USE_MS) } });
}
