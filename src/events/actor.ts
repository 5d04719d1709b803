import type { Caller } from '../access/caller.ts';
import { referenceOf } from '../access/identity.ts';
import type { SessionState } from './state.ts';

/** Who did something in a session, as rows of the database name it. */
export interface ActorReference {
  readonly actor: string | null;
  readonly actorName: string | null;
}

/** Nobody in particular. */
export const NO_ACTOR: ActorReference = { actor: null, actorName: null };

/** Returns the user of the session that the caller is; null for any other caller. */
export function authorOf({ user }: Caller, { id, users }: SessionState): string | null {
  if (user?.sessionId !== id) return null;
  return users.some((member) => member.id === user.userId) ? user.userId : null;
}

/** Returns who an event of the session names as its actor when the caller causes it. */
export function actorOf(caller: Caller, session: SessionState): ActorReference {
  const { identity } = caller;
  switch (identity.kind) {
    case 'API_KEY':
    case 'OIDC':
      return { actor: referenceOf(identity), actorName: identity.name };
    case 'SYSTEM':
      return { actor: referenceOf(identity), actorName: null };
    default:
      return memberAsActor(authorOf(caller, session), session);
  }
}

/** Returns a user of the session as the actor of an event. */
export function memberAsActor(userId: string | null, { users }: SessionState): ActorReference {
  const member = users.find(({ id }) => id === userId);
  return { actor: userId, actorName: member?.name ?? null };
}
