import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

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
  /** The user that the connection names, whom nobody has checked yet; null when it names none. */
  readonly user: UserKey | null;
  /** Callers of one class may follow the same, so they share the results of equal subscriptions. */
  readonly accessClass: AccessClass;
}

/** There is one class: everybody who knows the id of a session may do everything in it. */
export type AccessClass = 'everything';

export const NOBODY: Caller = { user: null, accessClass: 'everything' };

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
  const key = { sessionId: headers['x-session-id'], userId: headers['x-user-id'] };
  const { data: user } = userKey.safeParse(key);
  return user ? { ...NOBODY, user } : NOBODY;
}
