import type { Database } from '../database/client.ts';
import type { ApiKey, Ticket } from '../database/generated/client.ts';
import type { Participant } from './identity.ts';

/** A participant token with what it is good for now. */
export interface TokenRecord extends Omit<Participant, 'kind' | 'tokenId'> {
  readonly id: string;
  readonly secretHash: string;
}

/** Reads participant tokens. Each ends with its session at the latest. */
export async function readTokens(db: Database, ids: readonly string[]): Promise<TokenRecord[]> {
  const rows = await db.participantToken.findMany({
    where: { id: { in: [...ids] } },
    include: { user: { select: { role: true, session: { select: { expiresAt: true } } } } },
  });
  return rows.map(({ user: { role, session }, createdAt: _, ...token }) => ({
    ...token,
    role,
    ...firstEnd(token.expiresAt, session.expiresAt),
  }));
}

function firstEnd(ofToken: Date | null, ofSession: Date | null) {
  const expiresWithSession = ofSession !== null && (ofToken === null || ofSession <= ofToken);
  return { expiresAt: expiresWithSession ? ofSession : ofToken, expiresWithSession };
}

/** Reads API keys that are not revoked. */
export function readKeys(db: Database, ids: readonly string[]): Promise<ApiKey[]> {
  return db.apiKey.findMany({ where: { id: { in: [...ids] }, revokedAt: null } });
}

/** Reads tickets. */
export function readTickets(db: Database, ids: readonly string[]): Promise<Ticket[]> {
  return db.ticket.findMany({ where: { id: { in: [...ids] } } });
}
