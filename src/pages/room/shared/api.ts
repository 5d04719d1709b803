import { Client, fetchExchange } from 'urql';

/** Who this page acts as: a user of a session. */
export interface Member {
  readonly sessionId: string;
  readonly userId: string;
}

const GRAPHQL = '/graphql';

/** Creates the client for queries and mutations. Events that a member causes name the member as their actor. */
export function createHttpClient(member: Member | null): Client {
  const headers: Record<string, string> = member
    ? { 'X-Session-Id': member.sessionId, 'X-User-Id': member.userId }
    : {};
  return new Client({
    url: GRAPHQL,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: { headers },
  });
}

/** Returns the URL of a path of this server for WebSockets. */
export function webSocketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}
