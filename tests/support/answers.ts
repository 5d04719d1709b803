import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { openSocket } from './socket.ts';

export const ALL_TRANSPORTS = ['HTTP', 'SSE', 'WebSocket'] as const;
export type AnyTransport = (typeof ALL_TRANSPORTS)[number];

const ACCEPT = { HTTP: 'application/json', SSE: 'text/event-stream' } as const;

/**
 * Sends an operation, with its variables as JSON, and returns all that the server says to it; of a WebSocket, the
 * payload of its first message.
 */
export async function answerTo(
  transport: AnyTransport,
  graphql: string,
  query: string,
  variables = '{}',
): Promise<string> {
  const body = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
  if (transport === 'WebSocket') {
    const socket = await openSocket(graphql);
    onTestFinished(() => socket.raw.terminate());
    socket.raw.send(`{"type":"subscribe","id":"1","payload":${body}}`);
    return JSON.stringify((await socket.next())?.payload);
  }
  const headers = { 'content-type': 'application/json', accept: ACCEPT[transport] };
  return await (await fetch(graphql, { method: 'POST', headers, body })).text();
}

const errors = z.array(
  z.object({
    message: z.string(),
    locations: z.array(z.unknown()).optional(),
    extensions: z.object({ code: z.string() }).optional(),
  }),
);

/** The errors in such an answer: of JSON, of an event stream, or the payload of a message. */
export function errorsIn(answer: string): z.infer<typeof errors> {
  const json: unknown = JSON.parse(/^data: (.+)$/m.exec(answer)?.[1] ?? answer);
  return z.union([errors, z.object({ errors }).transform((result) => result.errors)]).parse(json);
}
