import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Config } from '../config.ts';
import type { AppContext } from '../context.ts';
import { TooManySocketsError } from '../errors.ts';
import { Channel } from '../live/channel.ts';
import { speakGraphQL } from './websocket-protocol.ts';
import { GRAPHQL_PATH, type Yoga } from './yoga.ts';

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/**
 * Serves GraphQL over WebSocket (`graphql-transport-ws`) on the HTTP server, through the same pipeline as
 * HTTP. Answers a function that tells the clients to go away and closes.
 */
export function serveWebSocket(server: Server, yoga: Yoga, app: AppContext): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: app.config.BODY_LIMIT, handleProtocols });
  server.on('upgrade', (request, stream, head) => {
    if (request.url?.split('?')[0]?.replace(/\/$/, '') !== GRAPHQL_PATH)
      return refuse(stream, '404 Not Found');
    if (!mayConnect(app.config, request.headers)) return refuse(stream, '403 Forbidden');
    const release = app.connections.open('websocket', request);
    if (!release) {
      const { retryAfter } = new TooManySocketsError();
      return refuse(stream, '429 Too Many Requests', `Retry-After: ${retryAfter}`);
    }
    stream.once('close', release);
    sockets.handleUpgrade(request, stream, head, (socket) => accept(app, yoga, socket, request));
  });
  return async () => {
    for (const client of sockets.clients) client.close(GOING_AWAY, 'Going away');
    const cut = setTimeout(() => {
      for (const client of sockets.clients) client.terminate();
    }, app.config.SHUTDOWN_TIMEOUT);
    await new Promise((resolve) => sockets.close(resolve));
    clearTimeout(cut);
  };
}

/** CORS does not bind WebSockets: a page of any origin may open one unless the server refuses it. */
function mayConnect({ CORS_ORIGINS }: Config, { origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined || CORS_ORIGINS.includes('*') || CORS_ORIGINS.includes(origin)) return true;
  // This server's own pages, as GraphiQL is one.
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Closes in both directions, or a client that leaves its own open would hold the socket. */
function refuse(stream: Duplex, status: string, ...headers: string[]): void {
  stream.on('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end([`HTTP/1.1 ${status}`, 'Connection: close', ...headers, '\r\n'].join('\r\n'));
}

function accept(app: AppContext, yoga: Yoga, socket: WebSocket, request: IncomingMessage): void {
  const { HEARTBEAT_INTERVAL } = app.config;
  const channel = new Channel(socket, HEARTBEAT_INTERVAL);
  const fail = (err: unknown) => {
    app.log.error({ err }, 'Unforeseen error in a WebSocket');
    socket.close(INTERNAL_ERROR, 'Internal server error');
  };
  const closed = speakGraphQL(app, yoga, {
    protocol: socket.protocol,
    send: (text) => channel.send(text),
    close: (code, reason) => socket.close(code, reason),
    onMessage: (handle) => socket.on('message', (data) => void handle(String(data)).catch(fail)),
  });
  // A message that is too large, not UTF-8 or no frame: ws has sent the close code, and closes.
  socket.on('error', (err) =>
    app.log.debug({ err, address: request.socket.remoteAddress }, 'A WebSocket broke'),
  );
  socket.once('close', (code, reason) => void closed(code, String(reason)).catch(fail));
}
