import { isStranger, type UserKey } from '../access/caller.ts';
import { decide, decideOutside, decideToJoin } from '../access/decide.ts';
import {
  findInvite,
  type InviteOrder,
  listInvites,
  mintInvite,
  revokeInvite as revoke,
  sessionOfInvite,
} from '../access/invites.ts';
import { grantToken, mintTicket } from '../access/tokens.ts';
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
import { draft } from '../events/event.ts';
import { requireUser, type SessionState } from '../events/state.ts';
import { addUser, type Joined } from './add-user.ts';
import { RoleChanged } from './events.ts';
import { findFormerUser } from './former-users.ts';
import type { CreateParticipantInput } from './model.ts';

/** Makes an invite to a session. Throws SessionNotFoundError and UserNotFoundError. */
export async function createInvite(
  context: CommandContext,
  sessionId: string,
  order: InviteOrder,
): Promise<{ invite: Invite; token: string }> {
  const { app, caller } = context;
  const { session, permit } = await app.sessions.read(caller, 'INVITE', sessionId);
  const { userId } = order;
  if (userId !== null && !(await findUserEver(context, session, userId))) throw new UserNotFoundError(userId);
  return mintInvite(app.db, permit, order, actorOf(caller, session));
}

/** Returns whom an invite brings back, as it is or was when it left; null when it is for somebody new. */
export async function userOfInvite(
  context: CommandContext,
  { sessionId, userId }: Invite,
): Promise<User | null> {
  const { app, caller } = context;
  const session = userId === null ? null : await app.sessions.find(caller, sessionId);
  return session && userId !== null ? findUserEver(context, session, userId) : null;
}

/** Returns the invites to a session that are good for something still. Throws SessionNotFoundError. */
export async function invitesOf(context: CommandContext, sessionId: string): Promise<Invite[]> {
  const { app, caller } = context;
  return listInvites(app.db, (await app.sessions.read(caller, 'INVITE', sessionId)).permit);
}

/** Revokes an invite. Throws InviteInvalidError for an unknown one and for one of a session that is not the caller's. */
export async function revokeInvite(context: CommandContext, id: string): Promise<Invite> {
  const { app, caller } = context;
  if (isStranger(caller)) throw new UnauthenticatedError();
  const sessionId = await sessionOfInvite(app.db, id);
  if (sessionId === null) {
    await app.sessions.lookForNothing();
    throw new InviteInvalidError();
  }
  try {
    return await revoke(app.db, (await app.sessions.read(caller, 'INVITE', sessionId)).permit, id);
  } catch (error) {
    throw error instanceof SessionNotFoundError ? new InviteInvalidError() : error;
  }
}

/**
 * Joins a session with an invite: as a new user, or as the one whom the invite brings back, whose older tokens end. An
 * invite that is not valid counts against the address of the client. Throws InviteInvalidError, TooManyFailuresError,
 * SessionNotFoundError and SessionAtCapacityError; the invite keeps its use then.
 */
export async function joinByInvite(
  context: CommandContext,
  sessionId: string,
  { name, invite: text }: { readonly name?: string | null | undefined; readonly invite: string },
): Promise<Joined> {
  const { app, caller, address } = context;
  // Others may take the last use meanwhile: it is looked at again, where the change is decided.
  const find = () => findInvite(app.db, sessionId, text);
  try {
    const { userId } = await find();
    return await addUser(context, sessionId, { name, userId }, async () => {
      const invite = await find();
      const token = { expiresAt: invite.tokenExpiresAt, invite: invite.id, endsOthers: userId !== null };
      return {
        permit: decideToJoin(caller, sessionId, invite),
        role: invite.role,
        grantTo: (id) => grantToken({ sessionId, userId: id }, token),
      };
    });
  } catch (error) {
    if (error instanceof InviteInvalidError && address !== undefined)
      app.authenticator.failures.count(address);
    throw error;
  }
}

/**
 * Adds a user to a session, with a token. The same `externalId` again is the same user, even after it has left, with a new
 * token beside the older ones. Throws SessionNotFoundError and SessionAtCapacityError.
 */
export function createParticipant(
  context: CommandContext,
  sessionId: string,
  { role, tokenExpiresAt: expiresAt, ...entry }: CreateParticipantInput,
): Promise<Joined> {
  return addUser(context, sessionId, entry, (session) => ({
    permit: decide(context.caller, 'INVITE', session),
    role,
    grantTo: (userId) => grantToken({ sessionId, userId }, { expiresAt, invite: null, endsOthers: false }),
  }));
}

/** Gives a user another role. Returns the user with it. Throws SessionNotFoundError and UserNotFoundError. */
export async function setRole(context: CommandContext, key: UserKey, role: Role): Promise<User> {
  const user = await changeSession(context, key.sessionId, (before) => {
    const permit = decide(context.caller, 'INVITE', before);
    const member = requireUser(before, key.userId);
    if (member.role === role) return { permit, event: null, result: member };
    const changed = { ...member, role };
    return { permit, event: draft(RoleChanged, { user: changed }), result: changed };
  });
  context.app.credentials.announce(key);
  return user;
}

/** Makes a ticket of the token that the caller shows. */
export function createTicket({ app, caller }: CommandContext): Promise<{ token: string; expiresAt: Date }> {
  return mintTicket(app.db, decideOutside(caller, 'CREATE_TICKET'));
}

async function findUserEver(
  { app }: CommandContext,
  { id: sessionId, users }: SessionState,
  userId: string,
): Promise<User | null> {
  const isWanted = (user: User) => user.id === userId;
  return users.find(isWanted) ?? findFormerUser(app, sessionId, isWanted);
}
