import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from 'urql';
import { texts } from './texts.ts';

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

/** Sends a mutation. Returns why nothing was done, for people; empty when it was. */
export async function perform<Data extends object, Variables extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<string> {
  const { data, error } = await client.mutation(document, variables);
  if (!data) return error?.networkError ? texts.errors.network : String(error?.message);
  for (const result of Object.values(data)) {
    if (typeof result === 'object' && result !== null && 'message' in result) return String(result.message);
  }
  return '';
}
