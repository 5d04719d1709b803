import type { Caller } from '../access/caller.ts';
import type { SessionState } from './state.ts';

/** Returns who an event of the session names as its actor: the caller, if it is a user of the session. */
export function actorOf({ user }: Caller, { id, users }: SessionState): string | null {
  if (user?.sessionId !== id) return null;
  return users.some((member) => member.id === user.userId) ? user.userId : null;
}
