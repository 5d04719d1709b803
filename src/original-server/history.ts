import type { User } from '../database/generated/client.ts';
import { draft, type SessionEvent } from '../events/event.ts';
import { SessionCreated } from '../events/session-events.ts';
import type { SessionState } from '../events/state.ts';
import { firstFreeColor } from '../users/colors.ts';
import { UserJoined } from '../users/events.ts';
import type { OriginalSession, OriginalUser } from './rows.ts';

/** A session of the original server as this one would store it, with the log that leads to it. */
export interface SessionHistory {
  readonly session: SessionState;
  readonly events: readonly SessionEvent[];
}

/**
 * Returns the history of a session whose code, language and status have been as they are from its creation on, and
 * which these users joined in this order.
 */
export function sessionHistory(original: OriginalSession, users: readonly OriginalUser[]): SessionHistory {
  const created: SessionState = {
    ...original,
    ...NEW_DOCUMENT,
    seq: 1,
    updatedAt: original.createdAt,
    owner: null,
    locks: '',
    expiresAt: null,
    users: [],
  };
  const first = { sessionId: original.id, seq: 1, at: original.createdAt, actor: null, actorName: null };
  const events: SessionEvent[] = [{ ...first, ...draft(SessionCreated, { session: created }) }];
  const members: User[] = [];
  const colors = distinctColors(users);
  let updatedAt = original.createdAt;
  for (const [index, user] of users.entries()) {
    const member: User = {
      ...user,
      color: colors[index] ?? user.color,
      joinedSeq: index + 2,
      role: 'HOST',
      externalId: null,
    };
    if (user.joinedAt > updatedAt) updatedAt = user.joinedAt;
    const actor = { actor: user.id, actorName: user.name };
    const head = { sessionId: original.id, seq: member.joinedSeq, at: updatedAt, ...actor };
    events.push({ ...head, ...draft(UserJoined, { user: member }) });
    members.push(member);
  }
  return { session: { ...created, seq: events.length, updatedAt, users: members }, events };
}

/** Nobody has opened a document of the text, which is that of the first event. */
const NEW_DOCUMENT = { codeSeq: 1, epoch: 0, editSize: 0 };

/** The colours of the users: a colour that an earlier user holds is replaced by one that nobody holds. */
function distinctColors(users: readonly OriginalUser[]): string[] {
  const wanted = users.map(({ color }) => color);
  const given: string[] = [];
  for (const color of wanted) {
    const free = given.includes(color) ? firstFreeColor([...wanted, ...given]) : color;
    given.push(free ?? color);
  }
  return given;
}
