import type { UserKey } from '../access/caller.ts';
import { decide, decideOutside, unknownSession } from '../access/decide.ts';
import {
  giveBackInvite,
  type InviteOrder,
  listInvites,
  mintInvite,
  revokeInvite as revoke,
  sessionOfInvite,
  takeInvite,
} from '../access/invites.ts';
import { mintParticipantToken, mintTicket, replaceParticipantTokens } from '../access/tokens.ts';
import type { CommandContext } from '../app.ts';
import type { Invite, Role, User } from '../database/generated/client.ts';
import {
  InviteInvalidError,
  SessionNotFoundError,
  UnauthenticatedError,
  UserNotFoundError,
} from '../errors.ts';
import { actorOf } from '../events/actor.ts';
import { changeSession } from '../events/append.ts';
import type { SessionState } from '../events/state.ts';
import { addUser, changeRole, type Entry } from './add-user.ts';
import { findFormerUser } from './former-users.ts';
import type { CreateParticipantInput } from './model.ts';

/** What somebody has who joined: the text of the token is shown this once. */
export interface Joined {
  readonly user: User;
  readonly session: SessionState;
  readonly token: string;
}

/** Makes an invite to a session. Throws SessionNotFoundError and UserNotFoundError. */
export async function createInvite(
  context: CommandContext,
  sessionId: string,
  order: InviteOrder,
): Promise<{ invite: Invite; token: string }> {
  const { app, caller } = context;
  const session = await findSession(context, sessionId);
  const permit = decide(caller, 'INVITE', session);
  const { userId } = order;
  if (userId !== null && !(await findUserEver(context, session, userId))) throw new UserNotFoundError(userId);
  return mintInvite(app.db, permit, order, actorOf(caller, session));
}

/** Returns whom an invite brings back, as it is or was when it left; null when it is for somebody new. */
export async function userOfInvite(
  context: CommandContext,
  { sessionId, userId }: Invite,
): Promise<User | null> {
  const session = userId === null ? null : await context.app.sessions.current(sessionId);
  return session && userId !== null ? findUserEver(context, session, userId) : null;
}

/** Returns the invites to a session that are good for something still. Throws SessionNotFoundError. */
export async function invitesOf(context: CommandContext, sessionId: string): Promise<Invite[]> {
  const permit = decide(context.caller, 'INVITE', await findSession(context, sessionId));
  return listInvites(context.app.db, permit);
}

/** Revokes an invite. Throws InviteInvalidError for an unknown one and for one of a session that is not the caller's. */
export async function revokeInvite(context: CommandContext, id: string): Promise<Invite> {
  const { app, caller } = context;
  if (caller.identity.kind === 'ANONYMOUS' && !caller.identity.isOpen) throw new UnauthenticatedError();
  const sessionId = await sessionOfInvite(app.db, id);
  const session = sessionId === null ? null : await app.sessions.current(sessionId);
  if (!session) throw new InviteInvalidError();
  try {
    return await revoke(app.db, decide(caller, 'INVITE', session), id);
  } catch (error) {
    throw error instanceof SessionNotFoundError ? new InviteInvalidError() : error;
  }
}

/**
 * Joins a session with an invite: as a new user, or as the one whom the invite brings back, whose older tokens end.
 * Throws InviteInvalidError, SessionNotFoundError and SessionAtCapacityError; the invite keeps its use then.
 */
export async function joinByInvite(
  context: CommandContext,
  sessionId: string,
  { name, invite: text }: { readonly name?: string | null | undefined; readonly invite: string },
): Promise<Joined> {
  const { db } = context.app;
  const invite = await takeInvite(db, sessionId, text);
  try {
    if (invite.userId !== null) return await comeBack(context, { sessionId, userId: invite.userId }, invite);
    return await joinWithToken(context, sessionId, { name, role: invite.role }, invite.tokenExpiresAt);
  } catch (error) {
    await giveBackInvite(db, invite);
    throw error;
  }
}

/**
 * Adds a user to a session, with a token. The same `externalId` again is the same user, even after it has left, with a new
 * token beside the older ones. Throws SessionNotFoundError and SessionAtCapacityError.
 */
export async function createParticipant(
  context: CommandContext,
  sessionId: string,
  { tokenExpiresAt, ...entry }: CreateParticipantInput,
): Promise<Joined> {
  decide(context.caller, 'INVITE', await findSession(context, sessionId));
  return joinWithToken(context, sessionId, entry, tokenExpiresAt);
}

/** Gives a user another role. Returns the user with it. Throws SessionNotFoundError and UserNotFoundError. */
export async function setRole(context: CommandContext, key: UserKey, role: Role): Promise<User> {
  const user = await changeSession(context, key.sessionId, (before) => {
    decide(context.caller, 'INVITE', before);
    const member = before.users.find(({ id }) => id === key.userId);
    if (!member) throw new UserNotFoundError(key.userId);
    const { event, user: changed } = changeRole(member, role);
    return { event, result: changed };
  });
  context.app.credentials.announce(key);
  return user;
}

/** Makes a ticket of the token that the caller shows. */
export function createTicket({ app, caller }: CommandContext): Promise<{ token: string; expiresAt: Date }> {
  return mintTicket(app.db, decideOutside(caller, 'CREATE_TICKET'));
}

async function joinWithToken(
  context: CommandContext,
  sessionId: string,
  entry: Entry,
  tokenExpiresAt: Date | null,
): Promise<Joined> {
  const { user, session, wasMember } = await addUser(context, sessionId, entry);
  const key = { sessionId, userId: user.id };
  if (wasMember) context.app.credentials.announce(key);
  return { user, session, token: await mintParticipantToken(context.app.db, key, tokenExpiresAt) };
}

async function comeBack(context: CommandContext, key: UserKey, invite: Invite): Promise<Joined> {
  const { db, credentials } = context.app;
  const { sessionId, userId } = key;
  const { user, session } = await addUser(context, sessionId, { userId, role: invite.role });
  const token = await replaceParticipantTokens(db, key, invite.tokenExpiresAt);
  credentials.announce(key);
  return { user, session, token };
}

async function findUserEver(
  { app }: CommandContext,
  { id: sessionId, users }: SessionState,
  userId: string,
): Promise<User | null> {
  const isWanted = (user: User) => user.id === userId;
  return users.find(isWanted) ?? findFormerUser(app, sessionId, isWanted);
}

async function findSession({ app, caller }: CommandContext, id: string): Promise<SessionState> {
  const session = await app.sessions.current(id);
  if (!session) throw unknownSession(caller, id);
  return session;
}
