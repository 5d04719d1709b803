import type { Database } from '../database/client.ts';
import { ForbiddenError } from '../errors.ts';
import type { UserKey } from './caller.ts';
import { mintCredential } from './credential.ts';
import type { Permit } from './decide.ts';

/** Stores a new participant token of a user. Returns its text, which is shown this once. */
export async function mintParticipantToken(
  db: Database,
  { sessionId, userId }: UserKey,
  expiresAt: Date | null,
): Promise<string> {
  const { text, ...minted } = mintCredential('cip');
  await db.participantToken.create({
    data: { ...minted, sessionId, userId, createdAt: new Date(), expiresAt },
  });
  return text;
}

/** Replaces all tokens of a user by a new one. Returns its text, which is shown this once. */
export async function replaceParticipantTokens(
  db: Database,
  { sessionId, userId }: UserKey,
  expiresAt: Date | null,
): Promise<string> {
  const { text, ...minted } = mintCredential('cip');
  await db.$transaction([
    db.participantToken.deleteMany({ where: { sessionId, userId } }),
    db.participantToken.create({ data: { ...minted, sessionId, userId, createdAt: new Date(), expiresAt } }),
  ]);
  return text;
}

/** How long a ticket waits for its first use, and for the next one. */
const FIRST_USE_MS = 60_000;
const NEXT_USE_MS = 5 * 60_000;

/** Stores a new ticket of the participant token that asks for it. Returns its text, which is shown this once, and until when it is good. */
export async function mintTicket(
  db: Database,
  { tokenId }: Permit<'CREATE_TICKET'>,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  if (tokenId === null) throw new ForbiddenError();
  const { text, ...minted } = mintCredential('cit');
  const expiresAt = new Date(Date.now() + FIRST_USE_MS);
  await db.ticket.create({ data: { ...minted, tokenId, expiresAt } });
  return { token: text, expiresAt };
}

/** Says that a ticket is in use, which keeps it good for a while. */
export async function keepTicket(db: Database, id: string): Promise<void> {
  await db.ticket.updateMany({ where: { id }, data: { expiresAt: new Date(Date.now() + NEXT_USE_MS) } });
}
