import type { Range, SessionStore } from '../database/session-store.ts';
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

/** Reads a part of the log of a session, oldest first unless told otherwise. */
export async function readRange(
  store: SessionStore,
  sessionId: string,
  range: Range,
): Promise<SessionEvent[]> {
  return (await store.events(sessionId, range)).map(fromRow);
}

/** The event logs of sessions. */
export function eventLog(store: SessionStore): Log<SessionEvent> {
  return {
    heads: (ids) => readHeads(store, ids),
    read: (sessionId, after) => readEvents(store, sessionId, after),
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
  store: SessionStore,
  sessionId: string,
  after: number,
): AsyncGenerator<SessionEvent, undefined> {
  let last = after;
  let limit = FIRST_PAGE;
  for (;;) {
    const page = await readRange(store, sessionId, { after: last, before: MAX_SEQ, limit });
    yield* page;
    const newest = page.at(-1);
    if (!newest || page.length < limit) return;
    last = newest.seq;
    const largest = Math.max(1, ...page.map(sizeOf));
    limit = Math.max(1, Math.min(MAX_PAGE, Math.floor(PAGE_CHARACTERS / largest)));
  }
}
