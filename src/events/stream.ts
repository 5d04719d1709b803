import type { Permit } from '../access/decide.ts';
import type { EndReason } from '../access/watch.ts';
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
  if (!participant) return source;
  const endOf = (event: SessionEvent) => {
    const ended = event.seq > now ? endedRights(event) : null;
    return ended?.userId === participant.userId ? ended.reason : null;
  };
  return endingRights(source, endOf, (reason) => credentialWatch.endUser(participant, reason));
}

/**
 * Returns the items before the one by which the rights of who follows them end or change. Of that one and of what comes
 * later it gives nothing: `end` closes the connection.
 */
function endingRights<Item>(
  source: Source<Item>,
  endOf: (item: Item) => EndReason | null,
  end: (reason: EndReason) => void,
): Source<Item> {
  let waiting: (pulled: Pulled<Item>) => void = () => {};
  return {
    pull: (take) =>
      source.pull((pulled) => {
        const reason = 'item' in pulled ? endOf(pulled.item) : null;
        if (reason === null) return take(pulled);
        waiting = take;
        end(reason);
      }),
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
  { states, credentialWatch }: Pick<AppContext, 'states' | 'credentialWatch'>,
  { sessionId, participant, role }: Permit<'READ'>,
): Promise<Source<SessionState>> {
  const source = await followNewest(states, sessionId);
  if (!source) throw new SessionNotFoundError(sessionId);
  const newest = paced(source, STATE_MS);
  if (!participant) return newest;
  const endOf = ({ users }: SessionState) => {
    const member = users.find(({ id }) => id === participant.userId);
    if (!member) return 'REVOKED';
    return member.role === role ? null : 'CHANGED';
  };
  return endingRights(newest, endOf, (reason) => credentialWatch.endUser(participant, reason));
}
