import type { CommandContext } from '../app.ts';
import type { Role, User } from '../database/generated/client.ts';
import { SessionAtCapacityError, SessionNotFoundError, UserNotFoundError } from '../errors.ts';
import { changeSession } from '../events/append.ts';
import { draft, type EventDraft } from '../events/event.ts';
import type { SessionState } from '../events/state.ts';
import { newUserId } from '../ids.ts';
import { firstFreeColor, MAX_USERS } from './colors.ts';
import { RoleChanged, UserJoined } from './events.ts';
import { findFormerUser } from './former-users.ts';
import { generateName } from './names.ts';

/** Who joins a session. */
export interface Entry {
  /** A blank one is generated. Who comes back keeps its own. */
  readonly name?: string | null | undefined;
  readonly role: Role;
  /** The user who comes back. */
  readonly userId?: string | null;
  /** What the product that embeds this server calls the user: who had it comes back. */
  readonly externalId?: string | null | undefined;
}

/** A user who has joined, and the session with it. */
export interface Entered {
  readonly user: User;
  readonly session: SessionState;
  /** Whether the user was there before, and has the role now. */
  readonly wasMember: boolean;
}

interface Joining {
  readonly user: User;
  /** Null where the user was there before. */
  readonly after: SessionState | null;
}

/**
 * Adds a user with a colour of its own, or brings one back who takes part or has left. It was decided before that somebody
 * may join. Throws SessionNotFoundError, SessionAtCapacityError, and UserNotFoundError for a `userId` that never joined.
 */
export async function addUser(context: CommandContext, sessionId: string, entry: Entry): Promise<Entered> {
  const { userId = null, externalId = null, role } = entry;
  const isReturn = userId !== null || externalId !== null;
  const isSame = (user: User) =>
    isReturn && (userId === null ? user.externalId === externalId : user.id === userId);
  const { user, after } = await changeSession<Joining>(context, sessionId, async (before) => {
    const member = before.users.find(isSame);
    if (member) {
      const changed = changeRole(member, role);
      return { event: changed.event, result: { user: changed.user, after: null } };
    }
    const former = isReturn ? await findFormerUser(context.app, sessionId, isSame) : null;
    if (userId !== null && !former) throw new UserNotFoundError(userId);
    const joined = former ? { ...former, ...placeIn(before), role } : newUser(before, entry);
    const result = { user: joined, after: { ...before, users: [...before.users, joined] } };
    return { event: draft(UserJoined, { user: joined }), actor: joined.id, result };
  });
  const session = after ?? (await context.app.sessions.current(sessionId));
  if (!session) throw new SessionNotFoundError(sessionId);
  return { user, session, wasMember: after === null };
}

/** Returns a user with another role, and the event of that; no event where it has the role. */
export function changeRole(member: User, role: Role): { event: EventDraft | null; user: User } {
  if (member.role === role) return { event: null, user: member };
  const user = { ...member, role };
  return { event: draft(RoleChanged, { user }), user };
}

function newUser(session: SessionState, { name, role, externalId = null }: Entry): User {
  const { id: sessionId, users } = session;
  return {
    sessionId,
    id: newUserId(),
    name: name?.trim() ? name : generateName(users.map((other) => other.name)),
    ...placeIn(session),
    role,
    externalId,
  };
}

/** What a user gets by joining now. Throws SessionAtCapacityError. */
function placeIn({ users, seq, updatedAt }: SessionState) {
  // Users from the original server may have other colours than ours.
  const color = users.length < MAX_USERS ? firstFreeColor(users.map((user) => user.color)) : null;
  if (color === null) throw new SessionAtCapacityError(MAX_USERS);
  return { color, joinedAt: updatedAt, joinedSeq: seq };
}
