import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { memoize } from '../memoize.ts';
import { type Identity, referenceOf } from './identity.ts';

/** Names a user of a session. */
export interface UserKey {
  readonly sessionId: string;
  readonly userId: string;
}

/**
 * Who asks: resolved once for each request, WebSocket and event stream. Commands get it, and the events that
 * they append record it.
 */
export interface Caller {
  /** The user that the credential is of. Without one, the user that the connection names, whom nobody has checked. */
  readonly user: UserKey | null;
  readonly identity: Identity;
  /** Callers of one class have equal rights, so they share the results of equal subscriptions. */
  readonly accessClass: string;
}

/** Returns the caller who has proved this identity. */
export const callerOf = memoize(
  (identity: Identity): Caller => ({
    user: userOf(identity),
    identity,
    accessClass: accessClassOf(identity),
  }),
);

/** Everybody who shows no credential while access is open. */
export const NOBODY: Caller = callerOf({ kind: 'ANONYMOUS', isOpen: true });

/** Everybody who shows no credential while access is closed. */
export const STRANGER: Caller = callerOf({ kind: 'ANONYMOUS', isOpen: false });

/** The server itself. */
export const SYSTEM: Caller = callerOf({ kind: 'SYSTEM' });

/** Whether the caller may do what everybody could before there was access, so that nothing need be looked up. */
export function isUnrestricted({ identity }: Caller): boolean {
  return identity.kind === 'SYSTEM' || (identity.kind === 'ANONYMOUS' && identity.isOpen);
}

/** Whether the caller may get nothing but what is public: access is closed, and no credential is shown. */
export function isStranger({ identity }: Caller): boolean {
  return identity.kind === 'ANONYMOUS' && !identity.isOpen;
}

function userOf(identity: Identity): UserKey | null {
  if (!('userId' in identity)) return null;
  return { sessionId: identity.sessionId, userId: identity.userId };
}

function accessClassOf(identity: Identity): string {
  switch (identity.kind) {
    case 'ANONYMOUS':
      return identity.isOpen ? 'everything' : 'nothing';
    case 'PARTICIPANT':
    case 'TICKET':
      return `${identity.kind} ${identity.role} ${identity.sessionId}`;
    default:
      return referenceOf(identity) ?? identity.kind;
  }
}

const userKey = z.object({ sessionId: z.string(), userId: z.string() });
const namesUser = z.object({ userId: z.unknown() }).partial().nullish();

/** Returns the caller that the `connectionParams` of a WebSocket name; null when they do not fit. */
export function callerFromParams(params: unknown): Caller | null {
  const named = namesUser.safeParse(params);
  if (!named.success) return null;
  if (named.data?.userId === undefined) return NOBODY;
  const { data: user } = userKey.safeParse(params);
  return user ? { ...NOBODY, user } : null;
}

/** Returns the caller that the headers `X-Session-Id` and `X-User-Id` of a request name. */
export function callerFromHeaders(headers: IncomingHttpHeaders): Caller {
  const { 'x-session-id': sessionId, 'x-user-id': userId } = headers;
  // Most requests name nobody, and parsing takes longer than the rest of this.
  if (sessionId === undefined || userId === undefined) return NOBODY;
  const { data: user } = userKey.safeParse({ sessionId, userId });
  return user ? { ...NOBODY, user } : NOBODY;
}
