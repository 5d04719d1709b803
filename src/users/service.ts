import { type Caller, SYSTEM, type UserKey } from '../access/caller.ts';
import { decide, decideToJoin } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import type { User } from '../database/generated/client.ts';
import { changeSession, type Decision } from '../events/append.ts';
import { draft, isEventOf, type SessionEvent } from '../events/event.ts';
import { requireUser, type SessionState } from '../events/state.ts';
import { addUser, type Joined } from './add-user.ts';
import { UserLeft } from './events.ts';
import type { JoinSessionInput } from './model.ts';
import { joinByInvite } from './participants.ts';

/**
 * Joins a session with an invite, whatever else the caller shows; without one where access is open. A blank name is
 * generated. Returns the user, the session with it, and the token that the invite gave. Throws SessionNotFoundError,
 * SessionAtCapacityError and InviteInvalidError.
 */
export async function joinSession(
  context: CommandContext,
  sessionId: string,
  { name, invite }: JoinSessionInput,
): Promise<Joined<string | null>> {
  if (invite != null) return joinByInvite(context, sessionId, { name, invite });
  const permit = decideToJoin(context.caller, sessionId, null);
  return addUser(context, sessionId, { name }, () => ({
    permit,
    role: 'HOST',
    grantTo: () => ({ text: null }),
  }));
}

/**
 * Removes a user, whose tokens end. Whom somebody else removes no invite brings back; who leaves may come back by one.
 * Returns the session without it. Throws SessionNotFoundError and UserNotFoundError.
 */
export async function leaveSession(
  context: CommandContext,
  sessionId: string,
  userId: string,
): Promise<SessionState> {
  const after = await changeSession(context, sessionId, (before) =>
    decideToLeave(context.caller, before, userId),
  );
  context.app.credentials.announce({ sessionId, userId });
  return after;
}

/**
 * Removes a user, who may come back by an invite, if `isOffline` still says so when the session's turn has come. Throws
 * SessionNotFoundError and UserNotFoundError.
 */
export async function removeOfflineUser(
  app: AppContext,
  { sessionId, userId }: UserKey,
  isOffline: () => Promise<boolean>,
): Promise<void> {
  await changeSession({ app, caller: SYSTEM }, sessionId, async (before) => {
    const decision = decideToLeave(SYSTEM, before, userId);
    return (await isOffline()) ? decision : { ...decision, event: null };
  });
  app.credentials.announce({ sessionId, userId });
}

function decideToLeave(caller: Caller, before: SessionState, userId: string): Decision<SessionState> {
  const permit = decide(caller, 'LEAVE', before, userId);
  const user = requireUser(before, userId);
  const session = { ...before, users: before.users.filter((other) => other !== user) };
  const revokesInvitesOf = isRemoval(caller, userId) ? userId : null;
  return { permit, event: draft(UserLeft, { user }), revokesInvitesOf, result: session };
}

/** Whether a credential is shown that is not the user's own. */
function isRemoval({ identity }: Caller, userId: string): boolean {
  if (identity.kind === 'ANONYMOUS' || identity.kind === 'SYSTEM') return false;
  return !('userId' in identity && identity.userId === userId);
}

/** Returns the id of the user who left by an event; null for any other event. */
export function leaverOf(event: SessionEvent): string | null {
  return isEventOf(UserLeft, event) ? event.data.user.id : null;
}

/** Returns the users of a session in order of joining. Throws SessionNotFoundError. */
export async function listUsers({ app, caller }: CommandContext, sessionId: string): Promise<User[]> {
  return (await app.sessions.read(caller, 'READ', sessionId)).session.users;
}
