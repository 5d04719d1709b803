import type { UserKey } from '../access/caller.ts';
import type { Permit } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { OutsideLogError, SessionNotFoundError } from '../errors.ts';
import { follow } from '../streams/follow.ts';
import { followNewest } from '../streams/latest.ts';
import { paced } from '../streams/paced.ts';
import { END, type Pulled, type Source } from '../streams/source.ts';
import { endedRights, type SessionEvent } from './event.ts';
import type { SessionState } from './state.ts';

/**
 * Follows the events of a session after a number, or from now on: each in order and once. Ends after
 * SessionDeleted. Throws SessionNotFoundError and OutsideLogError.
 */
export async function followEvents(
  { events, credentialWatch }: Pick<AppContext, 'events' | 'credentialWatch'>,
  { sessionId, participant }: Permit<'READ'>,
  after: number | null,
): Promise<Source<SessionEvent>> {
  let now = 0;
  const source = await follow(events, sessionId, (head) => {
    if (!head) throw new SessionNotFoundError(sessionId);
    if (after !== null && (after < 0 || after > head.seq)) throw new OutsideLogError(head.seq, 'event');
    now = head.seq;
    return after ?? head.seq;
  });
  return participant ? endingRights(source, participant, now, credentialWatch) : source;
}

/** Ends what is live of a user with the event after `now` that ends or changes its rights: no later one reaches it. */
function endingRights(
  source: Source<SessionEvent>,
  user: UserKey,
  now: number,
  watch: AppContext['credentialWatch'],
): Source<SessionEvent> {
  let isOver = false;
  let waiting: (pulled: Pulled<SessionEvent>) => void = () => {};
  return {
    pull: (take) => {
      // The connection is being closed.
      if (isOver) waiting = take;
      else {
        source.pull((pulled) => {
          const ended = 'item' in pulled && pulled.item.seq > now ? endedRights(pulled.item) : null;
          isOver = ended?.userId === user.userId;
          take(pulled);
          if (ended && isOver) watch.endUser(user, ended.reason);
        });
      }
    },
    close: () => {
      source.close();
      waiting(END);
    },
  };
}

/** The least time between two states of a session: twenty a second. */
const STATE_MS = 50;

/** Follows the newest state of a session, from the present one on. Throws SessionNotFoundError. */
export async function followSession(
  { states }: AppContext,
  { sessionId }: Permit<'READ'>,
): Promise<Source<SessionState>> {
  const source = await followNewest(states, sessionId);
  if (!source) throw new SessionNotFoundError(sessionId);
  return paced(source, STATE_MS);
}
