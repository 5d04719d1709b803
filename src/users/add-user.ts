import type { CommandContext } from '../app.ts';
import type { Role, User } from '../database/generated/client.ts';
import { SessionAtCapacityError } from '../errors.ts';
import { changeSession } from '../events/append.ts';
import { draft } from '../events/event.ts';
import type { SessionState } from '../events/state.ts';
import { newUserId } from '../ids.ts';
import { firstFreeColor, MAX_USERS } from './colors.ts';
import { UserJoined } from './events.ts';
import { generateName } from './names.ts';

/**
 * Adds a user with a colour of its own; a blank name is generated. It was decided before that somebody may join.
 * Returns the user and the session with it. Throws SessionNotFoundError and SessionAtCapacityError.
 */
export function addUser(
  context: CommandContext,
  sessionId: string,
  name: string | null | undefined,
  role: Role,
): Promise<{ user: User; session: SessionState }> {
  return changeSession(context, sessionId, (before) => {
    const { users, seq, updatedAt } = before;
    // Users from the original server may have other colours than ours.
    const color = users.length < MAX_USERS ? firstFreeColor(users.map((user) => user.color)) : null;
    if (color === null) throw new SessionAtCapacityError(MAX_USERS);
    const user = {
      sessionId,
      id: newUserId(),
      name: name?.trim() ? name : generateName(users.map((other) => other.name)),
      color,
      joinedAt: updatedAt,
      joinedSeq: seq,
      role,
    };
    const session = { ...before, users: [...users, user] };
    return { event: draft(UserJoined, { user }), actor: user.id, result: { user, session } };
  });
}
