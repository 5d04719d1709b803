import type { FormattedExecutionResult } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TypedDocumentString } from '../generated/graphql.ts';

export const TRANSPORTS = ['WebSocket', 'SSE'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Subscription<Result> {
  /** The next result; undefined once the stream has completed. */
  next(): Promise<FormattedExecutionResult<Result, unknown> | undefined>;
  /** The data of the next result, which must be there. */
  data(): Promise<Result>;
  stop(): Promise<void>;
}

/** Subscribes as a client of the transport's own library does, on a connection of its own. */
export function subscribe<Result, Variables extends Record<string, unknown>>(
  transport: Transport,
  url: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Subscription<Result> {
  const client =
    transport === 'SSE'
      ? createSseClient({ url, retryAttempts: 0 })
      : createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const results = client.iterate<Result>({ query: document.toString(), variables });
  const next = async () => {
    const { value, done } = await results.next();
    return done ? undefined : value;
  };
  return {
    next,
    data: async () => {
      const result = await next();
      if (!result?.data) throw new Error(`Expected data, but got ${JSON.stringify(result)}`);
      return result.data;
    },
    stop: async () => {
      await results.return?.();
      await client.dispose();
    },
  };
}
