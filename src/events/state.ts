import type { Database, Transaction } from '../database/client.ts';
import type { Session, User } from '../database/generated/client.ts';
import { SessionNotFoundError } from '../errors.ts';
import { isId } from '../ids.ts';
import type { Head, Log } from '../streams/log.ts';

/** A session with its users in order of joining. */
export type SessionState = Session & { users: User[] };

/** Loads the session as the database has it now; null when there is none. */
export async function loadSession(
  db: Pick<Transaction, 'session'>,
  id: string,
): Promise<SessionState | null> {
  if (!isId(id)) return null;
  return db.session.findUnique({ where: { id }, include: { users: { orderBy: { joinedSeq: 'asc' } } } });
}

/** Raises the number of the session, which takes the row's lock, and loads it. Throws SessionNotFoundError. */
export async function raiseSeq(tx: Transaction, id: string): Promise<SessionState> {
  if (!isId(id)) throw new SessionNotFoundError(id);
  const [session] = await tx.session.updateManyAndReturn({
    where: { id },
    data: { seq: { increment: 1 }, updatedAt: new Date() },
  });
  if (!session) throw new SessionNotFoundError(id);
  const users = await tx.user.findMany({ where: { sessionId: id }, orderBy: { joinedSeq: 'asc' } });
  return { ...session, users };
}

/** Returns where the logs of these sessions stand. */
export async function readHeads(db: Database, ids: readonly string[]): Promise<Map<string, Head>> {
  const sessions = await db.session.findMany({
    where: { id: { in: ids.filter(isId) } },
    select: { id: true, seq: true },
  });
  return new Map(sessions.map(({ id, seq }) => [id, { seq, hasEnded: false }]));
}

/** The states of sessions as a log of which only the newest item is kept. */
export function stateLog(db: Database): Log<SessionState> {
  return {
    heads: (ids) => readHeads(db, ids),
    async *read(id, after) {
      const session = await loadSession(db, id);
      if (session && session.seq > after) yield session;
    },
    size: ({ code }) => code.length,
    lastItem: () => null,
  };
}
