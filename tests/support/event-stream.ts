import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

/** One message of Server-Sent Events, as it came over the wire. */
export interface Message {
  id?: string;
  event?: string;
  data: string;
}

export interface EventStream {
  readonly status: number;
  /** The next message; undefined once the stream has ended. Rejects when it is cut. */
  next(): Promise<Message | undefined>;
  /** Cuts the connection. */
  stop(): void;
}

/** Reads a stream of Server-Sent Events by hand, on a connection of its own that nothing but `next` reads. */
export async function openEventStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const request = get(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('No response');
  request.on('error', () => {});
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]();
  let held = '';
  return {
    status: response.statusCode ?? 0,
    next: async () => {
      for (;;) {
        const end = held.indexOf('\n\n');
        if (end >= 0) {
          const message = parse(held.slice(0, end));
          held = held.slice(end + 2);
          if (message) return message;
          continue;
        }
        const chunk = await chunks.next();
        if (chunk.done) return undefined;
        held += chunk.value;
      }
    },
    stop: () => void request.destroy(),
  };
}

/** A message, or null for a comment. */
function parse(text: string): Message | null {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  const data = fields.get('data');
  return data === undefined ? null : { ...Object.fromEntries(fields), data };
}

/** The URL of a subscription as `EventSource` opens it. */
export function subscriptionUrl(graphql: string, query: string, variables: object): string {
  return `${graphql}?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
}
