import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CHANGED_CODE, REVOKED_CODE } from '../access/watch.ts';
import type { AppContext } from '../app.ts';
import {
  AccessChangedError,
  AccessRevokedError,
  type AppError,
  InvalidInputError,
  TooManySocketsError,
  UnauthenticatedError,
} from '../errors.ts';
import { pump, type Source } from '../streams/source.ts';
import { HIGH_WATER, StallDetector } from './stall-detector.ts';

const COMMENT = ':\n\n';

/** Returns one message of Server-Sent Events. `data` has no line break, as JSON has none. */
export function eventMessage({ id, event, data }: { id?: number; event?: string; data: string }): string {
  const head = (id === undefined ? '' : `id: ${id}\n`) + (event === undefined ? '' : `event: ${event}\n`);
  return `${head}data: ${data}\n\n`;
}

/** `x-accel-buffering` keeps proxies from holding messages back. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

export interface Messages<Item> {
  toMessage(item: Item): string;
  /** Returns the message of an error that ends the stream. */
  toErrorMessage(error: AppError): string;
  /** Sent after the last item. */
  last?: string;
}

/**
 * Replies with a stream of messages until they end or the client leaves. Throws TooManySocketsError,
 * UnauthenticatedError and UserNotFoundError, and InvalidInputError for a request behind another one.
 */
export async function replyWithEvents<Item>(
  { config, connections }: Pick<AppContext, 'config' | 'connections'>,
  request: FastifyRequest,
  reply: FastifyReply,
  items: Source<Item>,
  messages: Messages<Item>,
): Promise<FastifyReply> {
  let end: AppError | null = null;
  // A token of the OpenID provider is for requests alone: nothing tells when it is taken back.
  const isForRequests = request.caller.identity.kind === 'OIDC';
  const connection = connections.open('sse', request.raw, (code) => {
    if (code === REVOKED_CODE) end = new AccessRevokedError();
    if (code === CHANGED_CODE) end = new AccessChangedError();
    items.close();
  });
  try {
    // Node does not tell that the client of a queued response has gone, and sends it nothing before its turn.
    const waitsForAnother = reply.raw.socket === null;
    if (waitsForAnother) {
      throw new InvalidInputError('connection', 'An event stream needs a connection of its own');
    }
    if (isForRequests) throw new UnauthenticatedError();
    if (!connection) throw new TooManySocketsError();
    await connection.identify(request.caller);
    request.stopWatching();
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, HEADERS);
    if (request.method === 'HEAD') reply.raw.end();
    else await sendEvents(reply.raw, items, messages, config.HEARTBEAT_INTERVAL, () => end);
  } finally {
    items.close();
    connection?.release();
  }
  return reply;
}

/**
 * Sends items as messages at the pace of their reader, with a comment at each heartbeat. Takes no further item
 * while HIGH_WATER is held for the reader, and closes `items` as soon as the connection is gone.
 */
async function sendEvents<Item>(
  response: ServerResponse,
  items: Source<Item>,
  { toMessage, toErrorMessage, last = '' }: Messages<Item>,
  heartbeatMs: number,
  endOf: () => AppError | null,
): Promise<void> {
  if (response.destroyed) return items.close();
  response.once('close', () => items.close());
  // A message may cross the client's leaving.
  response.on('error', () => {});
  const stall = new StallDetector();
  const heartbeat = setInterval(() => {
    if (stall.hasStopped(response.writableLength)) response.destroy();
    else if (response.writableLength === 0) response.write(COMMENT);
  }, heartbeatMs);
  try {
    // Some browsers wait for a first byte before they call a stream open.
    response.write(COMMENT);
    await pump(items, (item) => {
      response.write(toMessage(item));
      return response.writableLength > HIGH_WATER ? drained(response) : undefined;
    });
    const error = endOf();
    response.end((error ? toErrorMessage(error) : '') + last);
  } finally {
    clearInterval(heartbeat);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const settled = Promise.race([once(response, 'drain', options), once(response, 'close', options)]);
  await settled.finally(() => abort.abort()).catch(() => {});
}
