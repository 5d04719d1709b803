import type { CommandContext } from '../app.ts';
import type { User } from '../database/generated/client.ts';
import { SessionAtCapacityError, UserNotFoundError } from '../errors.ts';
import { changeSession } from '../events/append.ts';
import { draft, isEventOf, type SessionEvent } from '../events/event.ts';
import type { SessionState } from '../events/state.ts';
import { newUserId } from '../ids.ts';
import { firstFreeColor, MAX_USERS } from './colors.ts';
import { UserJoined, UserLeft } from './events.ts';
import type { JoinSessionInput } from './model.ts';
import { generateName } from './names.ts';

/**
 * Adds a user with a colour of its own; a blank name is generated. Returns the user and the session with it.
 * Throws SessionNotFoundError and SessionAtCapacityError.
 */
export function joinSession(
  context: CommandContext,
  sessionId: string,
  input: JoinSessionInput,
): Promise<{ user: User; session: SessionState }> {
  return changeSession(context, sessionId, (before) => {
    const { users, seq, updatedAt } = before;
    // Users from the original server may have other colours than ours.
    const color = users.length < MAX_USERS ? firstFreeColor(users.map((user) => user.color)) : null;
    if (color === null) throw new SessionAtCapacityError(MAX_USERS);
    const user = {
      sessionId,
      id: newUserId(),
      name: input.name?.trim() ? input.name : generateName(users.map(({ name }) => name)),
      color,
      joinedAt: updatedAt,
      joinedSeq: seq,
    };
    const session = { ...before, users: [...users, user] };
    return { event: draft(UserJoined, { user }), actor: user.id, result: { user, session } };
  });
}

/** Removes a user. Returns the session without it. Throws SessionNotFoundError and UserNotFoundError. */
export function leaveSession(
  context: CommandContext,
  sessionId: string,
  userId: string,
): Promise<SessionState> {
  return changeSession(context, sessionId, (before) => {
    const user = before.users.find(({ id }) => id === userId);
    if (!user) throw new UserNotFoundError(userId);
    const session = { ...before, users: before.users.filter((other) => other !== user) };
    return { event: draft(UserLeft, { user }), result: session };
  });
}

/** Returns the id of the user who left by an event; null for any other event. */
export function leaverOf(event: SessionEvent): string | null {
  return isEventOf(UserLeft, event) ? event.data.user.id : null;
}

/** Returns the users of a session in order of joining. Throws SessionNotFoundError. */
export async function listUsers({ app }: CommandContext, sessionId: string): Promise<User[]> {
  return (await app.sessions.require(sessionId)).users;
}
