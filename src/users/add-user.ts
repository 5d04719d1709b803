import type { SessionPermit } from '../access/decide.ts';
import type { TokenGrant } from '../access/tokens.ts';
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

/** That somebody may join, and as what. */
interface Admittance<Text> {
  readonly permit: SessionPermit<'JOIN'> | SessionPermit<'INVITE'>;
  readonly role: Role;
  /** Returns the token that the user gets, with its text. */
  grantTo(userId: string): { readonly text: Text; readonly grant?: TokenGrant };
}

/** What somebody has who joined: the text of the token is shown this once. */
export interface Joined<Text = string> {
  readonly user: User;
  readonly session: SessionState;
  readonly token: Text;
}

/**
 * Adds a user with a colour of its own; a blank name is generated. `admit` decides on the session as it is. The user,
 * the token and the use of the invite are stored at once or not at all. Throws SessionNotFoundError,
 * SessionAtCapacityError and what `admit` throws.
 */
export function addUser<Text>(
  context: CommandContext,
  sessionId: string,
  name: string | null | undefined,
  admit: (session: SessionState) => Promise<Admittance<Text>> | Admittance<Text>,
): Promise<Joined<Text>> {
  return changeSession(context, sessionId, async (before) => {
    const { permit, role, grantTo } = await admit(before);
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
    const { text, grant } = grantTo(user.id);
    return {
      permit,
      event: draft(UserJoined, { user }),
      actor: user.id,
      grant,
      result: { user, session, token: text },
    };
  });
}
