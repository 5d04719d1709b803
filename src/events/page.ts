import type { Permit } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { InvalidInputError, OutsideLogError, SessionNotFoundError } from '../errors.ts';
import { headOf } from '../streams/log.ts';
import { type SessionEvent, sizeOf } from './event.ts';
import { MAX_SEQ, readRange } from './log.ts';

/** Events that one answer holds at most. */
export const MAX_PAGE = 100;
/** About how many characters its events have at most, but for a single one. */
const MAX_PAGE_CHARACTERS = 8_000_000;

/**
 * Returns the events after a number, oldest first, at most a page of them, fewer where they are large. Throws
 * SessionNotFoundError and OutsideLogError.
 */
export async function listEvents(
  { store, events }: AppContext,
  permit: Permit<'READ'>,
  after: number,
): Promise<SessionEvent[]> {
  const { sessionId } = permit;
  const head = await headOf(events.log, sessionId);
  if (!head) throw new SessionNotFoundError(sessionId);
  if (after < 0 || after > head.seq) throw new OutsideLogError(head.seq, 'event');
  return cutPage(await readRange(store, permit, { after, before: MAX_SEQ, limit: MAX_PAGE }));
}

function cutPage(all: readonly SessionEvent[]): SessionEvent[] {
  const page: SessionEvent[] = [];
  let characters = 0;
  for (const event of all) {
    characters += sizeOf(event);
    if (page.length > 0 && characters > MAX_PAGE_CHARACTERS) break;
    page.push(event);
  }
  return page;
}

/** Returns the place of an event in lists of its session's log, as a text that clients do not read. */
export function toCursor({ sessionId, seq }: Pick<SessionEvent, 'sessionId' | 'seq'>): string {
  return Buffer.from(`event:${sessionId}:${seq}`).toString('base64url');
}

/** Returns the number of the event that a cursor names. Throws InvalidInputError for a cursor of another log. */
export function fromCursor(argument: string, sessionId: string, cursor: string): number {
  const seq = Number(/:(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]);
  if (toCursor({ sessionId, seq }) !== cursor) {
    throw new InvalidInputError(argument, `${argument} must be a cursor of this list`);
  }
  return seq;
}
