import type { Database } from '../database/client.ts';
import type { ApiKey, Ticket } from '../database/generated/client.ts';
import type { Participant } from './identity.ts';

/** A participant token with what it is good for now. */
export interface TokenRecord extends Omit<Participant, 'kind' | 'tokenId'> {
  readonly id: string;
  readonly secretHash: string;
}

/**
 * Reads participant tokens. Each ends with its session at the latest. Each table is read at a moment of its own, so a
 * token may be found whose user is gone: it has ended, too.
 */
export async function readTokens(db: Database, ids: readonly string[]): Promise<TokenRecord[]> {
  const tokens = await db.participantToken.findMany({ where: { id: { in: [...ids] } } });
  const sessions = await db.session.findMany({
    where: { id: { in: tokens.map(({ sessionId }) => sessionId) } },
    select: {
      id: true,
      expiresAt: true,
      users: { where: { id: { in: tokens.map(({ userId }) => userId) } }, select: { id: true, role: true } },
    },
  });
  const byId = new Map(sessions.map((session) => [session.id, session]));
  return tokens.flatMap(({ createdAt: _, ...token }) => {
    const session = byId.get(token.sessionId);
    const user = session?.users.find(({ id }) => id === token.userId);
    if (!session || !user) return [];
    return [{ ...token, role: user.role, ...firstEnd(token.expiresAt, session.expiresAt) }];
  });
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
