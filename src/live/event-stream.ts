import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import { TooManySocketsError } from '../errors.ts';
import { HIGH_WATER, Pace } from './pace.ts';

/** One message of Server-Sent Events; `data` has no line break, as JSON has none. */
export function eventMessage({ id, event, data }: { id?: number; event?: string; data: string }): string {
  const head = (id === undefined ? '' : `id: ${id}\n`) + (event === undefined ? '' : `event: ${event}\n`);
  return `${head}data: ${data}\n\n`;
}

/** `x-accel-buffering` keeps proxies from holding messages back. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
};

/** Answers with a stream of messages until they end or the client leaves. Throws TooManySocketsError. */
export async function replyWithEvents(
  { connections, config }: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
  messages: AsyncIterableIterator<string>,
): Promise<FastifyReply> {
  const close = connections.open('sse', request.raw);
  if (!close) {
    await messages.return?.();
    throw new TooManySocketsError();
  }
  reply.hijack();
  try {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, HEADERS);
    await sendEvents(reply.raw, messages, config.HEARTBEAT_INTERVAL);
  } finally {
    close();
  }
  return reply;
}

/**
 * Sends messages as a stream of Server-Sent Events, at the pace of its reader, with a comment a heartbeat.
 * Takes no further message while more is held for the reader than its share, and closes `messages` as soon
 * as the connection is gone.
 */
async function sendEvents(
  response: ServerResponse,
  messages: AsyncIterableIterator<string>,
  heartbeatMs: number,
): Promise<void> {
  const stop = () => void messages.return?.();
  if (response.destroyed) return stop();
  response.once('close', stop);
  const pace = new Pace();
  const heartbeat = setInterval(() => {
    if (pace.hasStopped(response.writableLength)) response.destroy();
    else if (response.writableLength === 0) response.write(':\n\n');
  }, heartbeatMs);
  try {
    // Some browsers wait for a first byte before they call a stream open.
    response.write(':\n\n');
    for await (const message of messages) {
      response.write(message);
      if (response.writableLength > HIGH_WATER) await drained(response);
    }
    response.end();
  } finally {
    clearInterval(heartbeat);
    response.off('close', stop);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const settled = Promise.race([once(response, 'drain', options), once(response, 'close', options)]);
  await settled.finally(() => abort.abort()).catch(() => {});
}
