import type { Caller } from '../access/caller.ts';
import { referenceOf } from '../access/identity.ts';
import type { SessionState } from './state.ts';

/** Returns the user of the session that the caller is; null for anybody else. */
export function authorOf({ user }: Caller, { id, users }: SessionState): string | null {
  if (user?.sessionId !== id) return null;
  return users.some((member) => member.id === user.userId) ? user.userId : null;
}

/** Returns whom an event of the session names as its actor: as the credential proves it, else the named user. */
export function actorOf(caller: Caller, session: SessionState): string | null {
  return referenceOf(caller.identity) ?? authorOf(caller, session);
}
