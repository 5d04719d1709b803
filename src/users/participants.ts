import type { UserKey } from '../access/caller.ts';
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
import { changeSession } from '../events/append.ts';
import { draft } from '../events/event.ts';
import type { SessionState } from '../events/state.ts';
import { addUser, type Joined } from './add-user.ts';
import { RoleChanged } from './events.ts';
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
  if (userId !== null && !findUser(session, userId)) throw new UserNotFoundError(userId);
  return mintInvite(app.db, permit, order);
}

/** Returns the invites to a session that are good for something still. Throws SessionNotFoundError. */
export async function invitesOf(context: CommandContext, sessionId: string): Promise<Invite[]> {
  const { app, caller } = context;
  return listInvites(app.db, (await app.sessions.read(caller, 'INVITE', sessionId)).permit);
}

/** Revokes an invite. Throws InviteInvalidError for an unknown one and for one of a session that is not the caller's. */
export async function revokeInvite(context: CommandContext, id: string): Promise<Invite> {
  const { app, caller } = context;
  if (caller.identity.kind === 'ANONYMOUS' && !caller.identity.isOpen) throw new UnauthenticatedError();
  const sessionId = await sessionOfInvite(app.db, id);
  if (sessionId === null) throw new InviteInvalidError();
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
    if (userId !== null) return await comeBack(context, { sessionId, userId }, find);
    return await addUser(context, sessionId, name, async () => {
      const invite = await find();
      const token = { expiresAt: invite.tokenExpiresAt, invite: invite.id, endsOthers: false };
      return {
        permit: decideToJoin(caller, sessionId, invite),
        role: invite.role,
        grantTo: (userId) => grantToken({ sessionId, userId }, token),
      };
    });
  } catch (error) {
    if (error instanceof InviteInvalidError && address !== undefined)
      app.authenticator.failures.count(address);
    throw error;
  }
}

/** Adds a user to a session, with a token. Throws SessionNotFoundError and SessionAtCapacityError. */
export function createParticipant(
  context: CommandContext,
  sessionId: string,
  { name, role, tokenExpiresAt }: CreateParticipantInput,
): Promise<Joined> {
  return addUser(context, sessionId, name, (session) => ({
    permit: decide(context.caller, 'INVITE', session),
    role,
    grantTo: (userId) =>
      grantToken({ sessionId, userId }, { expiresAt: tokenExpiresAt, invite: null, endsOthers: false }),
  }));
}

/** Gives a user another role. Returns the user with it. Throws SessionNotFoundError and UserNotFoundError. */
export async function setRole(context: CommandContext, key: UserKey, role: Role): Promise<User> {
  const user = await changeSession(context, key.sessionId, (before) => {
    const permit = decide(context.caller, 'INVITE', before);
    const member = findUser(before, key.userId);
    if (!member) throw new UserNotFoundError(key.userId);
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

/** Gives a user a new token and the role of the invite, in one change. */
async function comeBack(context: CommandContext, key: UserKey, find: () => Promise<Invite>): Promise<Joined> {
  const { caller, app } = context;
  const back = await changeSession(context, key.sessionId, async (before) => {
    const invite = await find();
    const permit = decideToJoin(caller, key.sessionId, invite);
    const member = findUser(before, key.userId);
    // The user has left since the invite was made.
    if (!member) throw new InviteInvalidError();
    const user = { ...member, role: invite.role };
    const event = draft(RoleChanged, { user });
    const session = { ...before, users: before.users.map((other) => (other === member ? user : other)) };
    const { text, grant } = grantToken(key, {
      expiresAt: invite.tokenExpiresAt,
      invite: invite.id,
      endsOthers: true,
    });
    return { permit, event, actor: user.id, grant, result: { user, session, token: text } };
  });
  app.credentials.announce(key);
  return back;
}

function findUser({ users }: SessionState, userId: string): User | undefined {
  return users.find(({ id }) => id === userId);
}
