import type { CommandContext } from '../app.ts';
import { OutsideLogError, SessionNotFoundError } from '../errors.ts';
import { follow } from '../streams/follow.ts';
import { followNewest } from '../streams/latest.ts';
import { paced } from '../streams/paced.ts';
import type { Source } from '../streams/source.ts';
import type { SessionEvent } from './event.ts';
import { decideToRead } from './read-access.ts';
import type { SessionState } from './state.ts';

/**
 * Follows the events of a session after a number, or from now on: each in order and once. Ends after
 * SessionDeleted. Throws SessionNotFoundError and OutsideLogError.
 */
export async function followEvents(
  context: CommandContext,
  sessionId: string,
  after: number | null,
): Promise<Source<SessionEvent>> {
  await decideToRead(context, sessionId);
  return follow(context.app.events, sessionId, (head) => {
    if (!head) throw new SessionNotFoundError(sessionId);
    if (after !== null && (after < 0 || after > head.seq)) throw new OutsideLogError(head.seq, 'event');
    return after ?? head.seq;
  });
}

/** The least time between two states of a session: twenty a second. */
const STATE_MS = 50;

/** Follows the newest state of a session, from the present one on. Throws SessionNotFoundError. */
export async function followSession(
  context: CommandContext,
  sessionId: string,
): Promise<Source<SessionState>> {
  await decideToRead(context, sessionId);
  const source = await followNewest(context.app.states, sessionId);
  if (!source) throw new SessionNotFoundError(sessionId);
  return paced(source, STATE_MS);
}
