import type { AppContext } from '../context.ts';
import type { Transaction } from '../database/client.ts';
import { isId } from '../ids.ts';
import { fromRow, type SessionEvent, type SessionState } from './model.ts';

const PAGE = 100;

/** The session with its users as the database has them now, or null. */
export async function loadSession(
  db: Pick<Transaction, 'session'>,
  id: string,
): Promise<SessionState | null> {
  if (!isId(id)) return null;
  return db.session.findUnique({ where: { id }, include: { users: { orderBy: { joinedSeq: 'asc' } } } });
}

/** The events after `after`, oldest first, a page at a time. */
export async function* readEvents(
  app: AppContext,
  sessionId: string,
  after: number,
): AsyncGenerator<SessionEvent, undefined> {
  for (let last = after; ; ) {
    const rows = await app.db.sessionEvent.findMany({
      where: { sessionId, seq: { gt: last } },
      orderBy: { seq: 'asc' },
      take: PAGE,
    });
    for (const row of rows) yield fromRow(row);
    const newest = rows.at(-1);
    if (!newest || rows.length < PAGE) return;
    last = newest.seq;
  }
}
