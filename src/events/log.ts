import type { AppContext } from '../context.ts';
import type { Transaction } from '../database/client.ts';
import { isId } from '../ids.ts';
import { fromRow, type SessionEvent, type SessionState, weigh } from './model.ts';

/** The largest number that an event can have: GraphQL's and PostgreSQL's largest Int. */
export const MAX_SEQ = 2 ** 31 - 1;

/** Events read at once: few at first, then as many as hold about so much text, for a crowd may resume at once. */
const FIRST_PAGE = 10;
const MAX_PAGE = 100;
const PAGE_CHARACTERS = 500_000;

/** Which part of a log: the events between `after` and `before`, both left out, at most `limit`. */
export interface Range {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** Whether the limit keeps the newest, which then come first. */
  readonly newestFirst?: boolean;
}

/** A part of the log of a session, oldest first unless told. */
export async function readRange(
  { db }: AppContext,
  sessionId: string,
  { after, before, limit, newestFirst = false }: Range,
): Promise<SessionEvent[]> {
  const rows = await db.sessionEvent.findMany({
    where: { sessionId, seq: { gt: after, lt: before } },
    orderBy: { seq: newestFirst ? 'desc' : 'asc' },
    take: limit,
  });
  return rows.map(fromRow);
}

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
  let last = after;
  let limit = FIRST_PAGE;
  for (;;) {
    const page = await readRange(app, sessionId, { after: last, before: MAX_SEQ, limit });
    yield* page;
    const newest = page.at(-1);
    if (!newest || page.length < limit) return;
    last = newest.seq;
    const heaviest = Math.max(1, ...page.map(weigh));
    limit = Math.max(1, Math.min(MAX_PAGE, Math.floor(PAGE_CHARACTERS / heaviest)));
  }
}
