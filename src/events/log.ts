import { setImmediate } from 'node:timers/promises';
import type { Permit } from '../access/decide.ts';
import type { SessionEvent as SessionEventRow } from '../database/generated/client.ts';
import type { Range, SessionStore } from '../database/session-store.ts';
import type { Log } from '../streams/log.ts';
import { SessionDeleted } from './deleted.ts';
import { applyEvent, draft, type SessionEvent, sizeOf } from './event.ts';
import { foldAfter, isKeyframe, LogFold, NO_STATE, needsState } from './rows.ts';
import type { SessionCache } from './session-cache.ts';
import { readHeads, type SessionState } from './state.ts';

/** The largest number that an event can have: GraphQL's and PostgreSQL's largest Int. */
export const MAX_SEQ = 2 ** 31 - 1;

/** Events of one read: few at first, because a crowd may resume at once, then as many as hold about PAGE_CHARACTERS. */
const FIRST_PAGE = 10;
const MAX_PAGE = 100;
const PAGE_CHARACTERS = 500_000;
/** So many edits of a text of 100 kB are applied in some 20 ms. */
const ROWS_IN_A_TURN = 1_000;

/** Reads a part of the log of a session, oldest first unless told otherwise. */
export async function readRange(
  store: SessionStore,
  { sessionId }: Permit<'READ'>,
  range: Range,
): Promise<SessionEvent[]> {
  const rows = await store.events(sessionId, range);
  const events = await foldRows(store, range.newestFirst ? rows.toReversed() : rows, new LogFold());
  return range.newestFirst ? events.reverse() : events;
}

/** Returns the session as it was after an event; null when there is no such event. */
export async function readState(
  store: SessionStore,
  permit: Permit<'READ'>,
  seq: number,
): Promise<SessionState | null> {
  if (seq < 1 || seq > MAX_SEQ) return null;
  const [event] = await readRange(store, permit, { after: seq - 1, before: seq + 1, limit: 1 });
  if (!event) return null;
  return applyEvent((await stateBefore(store, permit.sessionId, seq)) ?? NO_STATE, event);
}

/** Returns the events of rows, oldest first. Reads the session before them if `fold` does not know it and they need it. */
async function foldRows(
  store: SessionStore,
  rows: readonly SessionEventRow[],
  fold: LogFold,
): Promise<SessionEvent[]> {
  const decisive = rows.find((row) => isKeyframe(row) || needsState(row));
  const [first] = rows;
  if (first && decisive && needsState(decisive) && !fold.state) {
    fold.start(await stateBefore(store, first.sessionId, first.seq));
  }
  return rows.map((row) => fold.next(row));
}

/** Returns the session as it was before an event; null before the first. */
async function stateBefore(
  store: SessionStore,
  sessionId: string,
  seq: number,
): Promise<SessionState | null> {
  const fold = new LogFold();
  for (const [i, row] of (await store.history(sessionId, seq)).entries()) {
    fold.next(row);
    // There may be ten thousand: others have their turn in between.
    if (i % ROWS_IN_A_TURN === ROWS_IN_A_TURN - 1) await setImmediate();
  }
  return fold.state;
}

/** The event logs of sessions. What `sessions` keeps spares a look at what was before the events that are read. */
export function eventLog(store: SessionStore, sessions: SessionCache): Log<SessionEvent> {
  return {
    heads: (ids) => readHeads(store, ids),
    read: (sessionId, after, known = null) =>
      readEvents(store, sessionId, after, foldAfter(after, known, sessions.keptAfter(sessionId, after))),
    size: sizeOf,
    lastItem: (sessionId, seq) => ({
      ...draft(SessionDeleted, {}),
      sessionId,
      seq,
      at: new Date(),
      actor: null,
      actorName: null,
    }),
  };
}

async function* readEvents(
  store: SessionStore,
  sessionId: string,
  after: number,
  fold: LogFold,
): AsyncGenerator<SessionEvent, undefined> {
  let last = after;
  let limit = FIRST_PAGE;
  for (;;) {
    const rows = await store.events(sessionId, { after: last, before: MAX_SEQ, limit });
    const page = await foldRows(store, rows, fold);
    yield* page;
    const newest = page.at(-1);
    if (!newest || page.length < limit) return;
    last = newest.seq;
    const largest = Math.max(1, ...page.map(sizeOf));
    limit = Math.max(1, Math.min(MAX_PAGE, Math.floor(PAGE_CHARACTERS / largest)));
  }
}
