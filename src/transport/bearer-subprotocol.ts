import type { IncomingHttpHeaders } from 'node:http';

const PREFIX = 'bearer.';

/** Returns the credential that a WebSocket offers as a subprotocol, because browsers send no other header; null for none. */
export function bearerOf({ 'sec-websocket-protocol': offered = '' }: IncomingHttpHeaders): string | null {
  const bearer = offered
    .split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith(PREFIX));
  return bearer?.slice(PREFIX.length) ?? null;
}

/**
 * Chooses the first subprotocol beside the credential, which is sent back only where there is no other: a client that
 * offers some refuses an answer without one.
 */
export function besideBearer(offered: Set<string>): string | false {
  const names = [...offered];
  return names.find((name) => !name.startsWith(PREFIX)) ?? names[0] ?? false;
}
