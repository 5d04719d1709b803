import type { Database } from '../../src/database/client.ts';
import type { SessionState } from '../../src/events/state.ts';

/** Reads a session with its users through Prisma, past what the server keeps in memory and its hot statements. */
export function storedSession(db: Database, id: string): Promise<SessionState | null> {
  return db.session.findUnique({ where: { id }, include: { users: { orderBy: { joinedSeq: 'asc' } } } });
}

/** Returns a session without where its text is stored, which the log does not tell. */
export function asLogged(session: SessionState | null) {
  if (!session) return null;
  const { codeSeq: _seq, epoch: _epoch, editSize: _size, ...logged } = session;
  return logged;
}
