import { z } from 'zod';
import { busTopic } from '../bus/bus.ts';
import type { SessionEvent as SessionEventRow } from '../database/generated/client.ts';
import { appended } from '../streams/sync.ts';
import type { SessionEvent } from './event.ts';
import { foldAfter, LogFold, needsState } from './rows.ts';
import type { SessionCache } from './session-cache.ts';
import type { SessionState } from './state.ts';

/** An event whose data is longer is read from the log, in characters. */
const LONGEST_CARRIED = 16_000;

const eventRow = z.object({
  sessionId: z.string(),
  seq: z.int(),
  type: z.string(),
  data: z.string(),
  actor: z.string().nullable(),
  at: z.coerce.date(),
  actorName: z.string().nullable(),
}) satisfies z.ZodType<SessionEventRow>;

const message = appended.extend({ row: eventRow.nullish() });
type Message = z.output<typeof message>;

/**
 * Tells other instances that a session has a new event, and so a new state. The key is the session's id. The message
 * carries the row of a short event, so that other instances need not read it from the database.
 */
export const sessionChanged = busTopic('session', message);

/** Returns the message of a committed event. It does not carry the deletion of a session, which the log does not store. */
export function toMessage(row: SessionEventRow, isLast: boolean): Message {
  const { sessionId: key, seq, data } = row;
  const isCarried = !isLast && data.length <= LONGEST_CARRIED;
  return { key, after: seq - 1, seq, row: isCarried ? row : null };
}

/**
 * Returns what takes the event out of a message, where `latest` is the one before; null where it must be read from the
 * log. Without `latest`, the session that it changes may be at hand in `sessions`.
 */
export function carriedEvent(sessions: SessionCache) {
  return ({ key, row }: Message, latest: SessionEvent | null): SessionEvent | null => {
    if (!row) return null;
    const before = row.seq - 1;
    const fold = foldAfter(before, latest, sessions.keptAfter(key, before));
    return needsState(row) && !fold.state ? null : fold.next(row);
  };
}

/**
 * Returns what takes the session after the event out of a message, as `carriedEvent` does the event. It may be at hand
 * in `sessions`, by who has followed that.
 */
export function carriedState(sessions: SessionCache) {
  return ({ key, seq, row }: Message, latest: SessionState | null): SessionState | null => {
    const kept = sessions.keptAfter(key, seq);
    if (kept || !row || latest?.seq !== seq - 1) return kept;
    const fold = new LogFold(latest);
    fold.next(row);
    return fold.state;
  };
}
