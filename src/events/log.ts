import type { Database } from '../database/client.ts';
import type { Log } from '../streams/log.ts';
import { SessionDeleted } from './deleted.ts';
import { draft, fromRow, type SessionEvent, sizeOf } from './event.ts';
import { readHeads } from './state.ts';

/** The largest number that an event can have: GraphQL's and PostgreSQL's largest Int. */
export const MAX_SEQ = 2 ** 31 - 1;

/** Events of one read: few at first, because a crowd may resume at once, then as many as hold about PAGE_CHARACTERS. */
const FIRST_PAGE = 10;
const MAX_PAGE = 100;
const PAGE_CHARACTERS = 500_000;

/** A part of a log: the events between `after` and `before`, both exclusive, at most `limit`. */
export interface Range {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** Whether to read the newest events, the newest first. */
  readonly newestFirst?: boolean;
}

/** Reads a part of the log of a session, oldest first unless told otherwise. */
export async function readRange(
  db: Database,
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

/** The event logs of sessions. */
export function eventLog(db: Database): Log<SessionEvent> {
  return {
    heads: (ids) => readHeads(db, ids),
    read: (sessionId, after) => readEvents(db, sessionId, after),
    size: sizeOf,
    lastItem: (sessionId, seq) => ({
      ...draft(SessionDeleted, {}),
      sessionId,
      seq,
      at: new Date(),
      actor: null,
    }),
  };
}

async function* readEvents(
  db: Database,
  sessionId: string,
  after: number,
): AsyncGenerator<SessionEvent, undefined> {
  let last = after;
  let limit = FIRST_PAGE;
  for (;;) {
    const page = await readRange(db, sessionId, { after: last, before: MAX_SEQ, limit });
    yield* page;
    const newest = page.at(-1);
    if (!newest || page.length < limit) return;
    last = newest.seq;
    const largest = Math.max(1, ...page.map(sizeOf));
    limit = Math.max(1, Math.min(MAX_PAGE, Math.floor(PAGE_CHARACTERS / largest)));
  }
}
