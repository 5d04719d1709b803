import type { SessionPermit } from '../access/decide.ts';
import { storeToken, type TokenGrant } from '../access/tokens.ts';
import type { CommandContext } from '../app.ts';
import { isForeignKeyViolation } from '../database/errors.ts';
import type { Role, User } from '../database/generated/client.ts';
import { SessionAtCapacityError, UserNotFoundError } from '../errors.ts';
import { changeSession, type Decision } from '../events/append.ts';
import { draft } from '../events/event.ts';
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
  /** The user who comes back. */
  readonly userId?: string | null;
  /** What the product that embeds this server calls the user: who had it comes back. */
  readonly externalId?: string | null | undefined;
}

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

interface Joining<Text> extends Joined<Text> {
  /** Whether the user was there before. */
  readonly isBack: boolean;
  /** The token of a user whom nothing else changes. */
  readonly unstored?: TokenGrant | undefined;
}

/**
 * Adds a user with a colour of its own, or brings one back who takes part or has left. `admit` decides on the session as
 * it is. The user, the token and the use of the invite are stored at once or not at all. Throws SessionNotFoundError,
 * SessionAtCapacityError, UserNotFoundError for a `userId` that never joined, and what `admit` throws.
 */
export async function addUser<Text>(
  context: CommandContext,
  sessionId: string,
  entry: Entry,
  admit: (session: SessionState) => Promise<Admittance<Text>> | Admittance<Text>,
): Promise<Joined<Text>> {
  const { app } = context;
  const { isBack, unstored, ...joined } = await changeSession<Joining<Text>>(
    context,
    sessionId,
    async (before) => {
      const admittance = await admit(before);
      const isSame = matcherOf(entry);
      const member = isSame && before.users.find(isSame);
      if (member) return toReturn(before, member, admittance);
      const former = isSame && (await findFormerUser(app, sessionId, isSame));
      if (entry.userId != null && !former) throw new UserNotFoundError(entry.userId);
      const user = { ...(former ?? newUser(before, entry)), ...placeIn(before), role: admittance.role };
      const session = { ...before, users: [...before.users, user] };
      const { text, grant } = admittance.grantTo(user.id);
      const result = { user, session, token: text, isBack: false };
      const actor = { actor: user.id, actorName: user.name };
      return { permit: admittance.permit, event: draft(UserJoined, { user }), actor, grant, result };
    },
  );
  if (isBack) app.credentials.announce({ sessionId, userId: joined.user.id });
  if (!unstored) return joined;
  try {
    await storeToken(app.db, unstored);
    return joined;
  } catch (error) {
    // The user has left meanwhile.
    if (isForeignKeyViolation(error)) return addUser(context, sessionId, entry, admit);
    throw error;
  }
}

/** Returns what tells the user who comes back; null for a new one. */
function matcherOf({ userId, externalId }: Entry): ((user: User) => boolean) | null {
  if (userId != null) return ({ id }) => id === userId;
  return externalId == null ? null : (user) => user.externalId === externalId;
}

/** Decides about a user who takes part: without another role, and an invite that loses a use, there is no event. */
function toReturn<Text>(
  before: SessionState,
  member: User,
  admittance: Admittance<Text>,
): Decision<Joining<Text>> {
  const { permit, role, grantTo } = admittance;
  const user = { ...member, role };
  const users = before.users.map((other) => (other === member ? user : other));
  const { text, grant } = grantTo(user.id);
  if (member.role === role && grant && grant.invite === null) {
    const session = { ...before, seq: before.seq - 1 };
    return { permit, event: null, result: { user, session, token: text, isBack: true, unstored: grant } };
  }
  const event = draft(RoleChanged, { user });
  const result = { user, session: { ...before, users }, token: text, isBack: true };
  // With an invite it is the user who does it.
  const actor = { actor: user.id, actorName: user.name };
  return { permit, event, ...(permit.action === 'JOIN' && { actor }), grant, result };
}

function newUser(session: SessionState, { name, externalId = null }: Entry) {
  const { id: sessionId, users } = session;
  return {
    sessionId,
    id: newUserId(),
    name: name?.trim() ? name : generateName(users.map((other) => other.name)),
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
