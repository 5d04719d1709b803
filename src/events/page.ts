import type { AppContext } from '../context.ts';
import { InvalidInputError, OutsideLogError } from '../errors.ts';
import { getSession } from '../sessions/service.ts';
import { MAX_SEQ, readRange } from './log.ts';
import type { SessionEvent } from './model.ts';

/** Events that one answer holds at most. */
export const MAX_PAGE = 100;

/**
 * The events after `after`, oldest first, at most a page of them. Throws SessionNotFoundError, and
 * OutsideLogError.
 */
export async function listEvents(app: AppContext, sessionId: string, after: number): Promise<SessionEvent[]> {
  const { seq } = await getSession(app, sessionId);
  if (after < 0 || after > seq) throw new OutsideLogError(seq, 'event');
  return readRange(app, sessionId, { after, before: MAX_SEQ, limit: MAX_PAGE });
}

/** The place of an event in lists of its session's log, as a text that clients do not read. */
export function toCursor({ sessionId, seq }: Pick<SessionEvent, 'sessionId' | 'seq'>): string {
  return Buffer.from(`event:${sessionId}:${seq}`).toString('base64url');
}

/** The number of the event that a cursor names. Throws InvalidInputError for one that is none of this log. */
export function fromCursor(argument: string, sessionId: string, cursor: string): number {
  const seq = Number(/:(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]);
  if (toCursor({ sessionId, seq }) !== cursor) {
    throw new InvalidInputError(argument, `${argument} must be a cursor of this list`);
  }
  return seq;
}
