import type { AppContext } from '../context.ts';
import type { User } from '../database/generated/client.ts';
import { SessionAtCapacityError, UserNotFoundError } from '../errors.ts';
import { changeSession } from '../events/change.ts';
import type { SessionState } from '../events/model.ts';
import { newUserId } from '../ids.ts';
import { getSession } from '../sessions/service.ts';
import { firstFreeColor, generateName, type JoinSessionInput, MAX_USERS } from './model.ts';

/**
 * Adds a user with a colour of its own; a blank name is generated. Answers the user and the session with it.
 * Throws SessionNotFoundError and SessionAtCapacityError.
 */
export function joinSession(
  app: AppContext,
  sessionId: string,
  input: JoinSessionInput,
): Promise<{ user: User; session: SessionState }> {
  return changeSession(app, sessionId, async (tx, before) => {
    const { users, seq, updatedAt } = before;
    const color = firstFreeColor(users.map((user) => user.color));
    if (color === null) throw new SessionAtCapacityError(MAX_USERS);
    const user = {
      sessionId,
      id: newUserId(),
      name: input.name?.trim() ? input.name : generateName(users.map(({ name }) => name)),
      color,
      joinedAt: updatedAt,
      joinedSeq: seq,
    };
    await tx.user.create({ data: user, select: { id: true } });
    const session = { ...before, users: [...users, user] };
    return { event: { type: 'UserJoined', user, actor: user.id }, result: { user, session } };
  });
}

/** Removes a user. Answers the session without it. Throws SessionNotFoundError and UserNotFoundError. */
export function leaveSession(app: AppContext, sessionId: string, userId: string): Promise<SessionState> {
  return changeSession(app, sessionId, async (tx, before) => {
    const user = before.users.find(({ id }) => id === userId);
    if (!user) throw new UserNotFoundError(userId);
    await tx.user.deleteMany({ where: { sessionId, id: userId } });
    const session = { ...before, users: before.users.filter((other) => other !== user) };
    return { event: { type: 'UserLeft', user, actor: userId }, result: session };
  });
}

/** The users of a session in order of joining. Throws SessionNotFoundError. */
export async function listUsers(app: AppContext, sessionId: string): Promise<User[]> {
  return (await getSession(app, sessionId)).users;
}
