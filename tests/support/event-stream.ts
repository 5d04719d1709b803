/** One message of Server-Sent Events, as it came over the wire. */
export interface Message {
  id?: string;
  event?: string;
  data: string;
}

export interface EventStream {
  readonly response: Response;
  /** The next message; undefined once the stream has ended. Rejects when it is cut. */
  next(): Promise<Message | undefined>;
  stop(): void;
}

/** Reads a stream of Server-Sent Events, line by line and without a library that would hide any. */
export async function openEventStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  return {
    response,
    next: async () => {
      for (;;) {
        const end = held.indexOf('\n\n');
        if (end >= 0) {
          const message = parse(held.slice(0, end));
          held = held.slice(end + 2);
          if (message) return message;
          continue;
        }
        const chunk = await chunks?.read();
        if (!chunk || chunk.done) return undefined;
        held += chunk.value;
      }
    },
    stop: () => abort.abort(),
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
