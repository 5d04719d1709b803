import { type AnyVariables, Client, type CombinedError, fetchExchange, type TypedDocumentNode } from 'urql';
import { texts } from './texts.ts';

/** Who this page acts as: a user of a session. */
export interface Member {
  readonly sessionId: string;
  readonly userId: string;
  /** Proves it; null for who joined an open server without an invite. */
  readonly token: string | null;
}

const GRAPHQL = '/graphql';

/** Creates the client for queries and mutations. Events that a member causes name the member as their actor. */
export function createHttpClient(member: Member | null): Client {
  return new Client({
    url: GRAPHQL,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: { headers: headersOf(member) },
  });
}

function headersOf(member: Member | null): Record<string, string> {
  if (!member) return {};
  if (member.token !== null) return { Authorization: `Bearer ${member.token}` };
  return { 'X-Session-Id': member.sessionId, 'X-User-Id': member.userId };
}

/** Returns the code of the error for which nothing was done at all, such as `UNAUTHENTICATED`; null for none. */
export function codeOf(error: CombinedError | undefined): string | null {
  const code = error?.graphQLErrors[0]?.extensions['code'];
  return typeof code === 'string' ? code : null;
}

/** Returns in words why an operation failed. */
export function messageOf(error: CombinedError | undefined): string {
  return error?.networkError ? texts.errors.network : String(error?.graphQLErrors[0]?.message);
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
  if (!data) return messageOf(error);
  for (const result of Object.values(data)) {
    if (typeof result === 'object' && result !== null && 'message' in result) return String(result.message);
  }
  return '';
}
