import type { IncomingHttpHeaders, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { WebSocketServer } from 'ws';
import type { Config } from '../config.ts';
import { toServiceError } from '../database/errors.ts';
import { TooManySocketsError, TryLaterError } from '../errors.ts';
import { StaggeredInterval } from '../staggered-interval.ts';
import { bearerOf } from './bearer-subprotocol.ts';
import { ClientSocket } from './client-socket.ts';
import type { Connections, OpenConnection } from './connections.ts';

const GOING_AWAY = 1001;
/** With this one, ws closes after a message that is too large. */
export const MESSAGE_TOO_BIG = 1009;
export const INTERNAL_ERROR = 1011;
const MAX_REASON_BYTES = 123;
/** After this one, clients of graphql-ws and of Yjs connect again. After 1011, graphql-ws does not. */
export const TRY_AGAIN_LATER = 1013;

/** A protocol that is spoken over the WebSockets of some paths. */
export interface WebSocketProtocol {
  /** Whether it is spoken at a path, which ends with no slash. */
  serves(path: string): boolean;
  /** The longest message, in bytes, and the code with which a longer one closes the socket. */
  readonly maxMessage: number;
  readonly tooLargeCode: number;
  /** Chooses one of the subprotocols that a client offers; false for none. */
  chooseSubprotocol(offered: Set<string>): string | false;
  /** Speaks the protocol over a new socket. Returns what to call when the socket has closed. */
  accept(socket: AcceptedSocket): (code: number, reason: string) => Promise<void>;
}

export interface AcceptedSocket {
  readonly subprotocol: string;
  /** The path and the query of the request. */
  readonly url: string;
  /** The credential that was offered as a subprotocol. */
  readonly bearer: string | null;
  readonly connection: OpenConnection;
  /** Sends a message. Returns a promise to wait for when the reader is behind. */
  send(data: string | Uint8Array): Promise<void> | undefined;
  close(code: number, reason: string): void;
  /** Calls the handler for each message. A handler that rejects closes the socket as an internal error. */
  onMessage(handle: (data: Buffer) => Promise<void>): void;
}

/** What is kept of the request that opened a socket. */
interface Opening {
  readonly url: string;
  readonly bearer: string | null;
  readonly address: string | undefined;
}

export interface UpgradeOptions {
  readonly config: Config;
  readonly connections: Connections;
  readonly log: FastifyBaseLogger;
}

/**
 * Routes WebSocket upgrades of the HTTP server to the protocol of their path. Returns a function that tells the
 * clients to go away, and resolves when all have.
 */
export function routeUpgrades(
  server: Server,
  protocols: readonly WebSocketProtocol[],
  { config, connections, log }: UpgradeOptions,
): () => Promise<void> {
  const routes = protocols.map((protocol) => ({ protocol, sockets: socketsOf(protocol) }));
  const servers = routes.map(({ sockets }) => sockets);
  const heartbeat = new StaggeredInterval<ClientSocket>(config.HEARTBEAT_INTERVAL, (socket) => socket.beat());
  server.on('upgrade', (request, stream, head) => {
    const path = request.url?.split('?')[0]?.replace(/\/$/, '') ?? '';
    const route = routes.find(({ protocol }) => protocol.serves(path));
    if (!route) return refuse(stream, '404 Not Found');
    if (!isAllowedOrigin(config, request.headers)) return refuse(stream, '403 Forbidden');
    let socket: ClientSocket | null = null;
    const connection = connections.open('websocket', request, (code, reason) => socket?.close(code, reason));
    if (!connection) {
      const { retryAfter } = new TooManySocketsError();
      return refuse(stream, '429 Too Many Requests', `Retry-After: ${retryAfter}`);
    }
    // Each `once` takes 120 bytes for as long as the socket lives. This event comes once.
    stream.on('close', () => connection.release());
    // Taken here, because what a callback names is kept as long as the socket, and the whole request is large.
    const opening = {
      url: request.url ?? '',
      bearer: bearerOf(request.headers),
      address: request.socket.remoteAddress,
    };
    route.sockets.handleUpgrade(request, stream, head, (opened) => {
      socket = opened;
      accept(opened, opening, connection, route.protocol);
    });
  });

  function accept(
    socket: ClientSocket,
    { url, bearer, address }: Opening,
    connection: OpenConnection,
    protocol: WebSocketProtocol,
  ): void {
    const fail = (err: unknown) => {
      const known = toServiceError(err, log);
      if (known instanceof TryLaterError) return socket.close(TRY_AGAIN_LATER, known.message);
      log.error({ err }, 'Unforeseen error in a WebSocket');
      socket.close(INTERNAL_ERROR, 'Internal server error');
    };
    const closed = protocol.accept({
      subprotocol: socket.protocol,
      url,
      bearer,
      connection,
      send: (data) => socket.deliver(data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => socket.on('message', (data: Buffer) => void handle(data).catch(fail)),
    });
    socket.on('pong', () => socket.answered());
    // A message that is too large, not UTF-8 or no frame: ws has sent the close code, and closes.
    socket.on('error', (err) => log.debug({ err, address }, 'A WebSocket broke'));
    const stopBeating = heartbeat.add(socket);
    socket.on('close', (code, reason) => {
      stopBeating();
      void closed(code, String(reason)).catch(fail);
    });
  }

  return async () => {
    connections.close('websocket', GOING_AWAY, 'Going away');
    const cut = setTimeout(() => {
      for (const { clients } of servers) for (const client of clients) client.terminate();
    }, config.SHUTDOWN_TIMEOUT);
    await Promise.all(servers.map((sockets) => new Promise((resolve) => sockets.close(resolve))));
    clearTimeout(cut);
    heartbeat.close();
  };
}

function socketsOf({ chooseSubprotocol, maxMessage, tooLargeCode }: WebSocketProtocol) {
  class Socket extends ClientSocket {
    override close(code?: number, reason?: string | Buffer): void {
      if (code === MESSAGE_TOO_BIG)
        super.close(tooLargeCode, `A message must be at most ${maxMessage} bytes`);
      else super.close(code, reason && fitting(String(reason)));
    }
  }
  return new WebSocketServer({
    noServer: true,
    maxPayload: maxMessage,
    handleProtocols: chooseSubprotocol,
    WebSocket: Socket,
  });
}

/** Cuts a reason, which may show what a client sent, to what a close frame holds. */
function fitting(reason: string): string {
  let cut = reason.slice(0, MAX_REASON_BYTES);
  while (Buffer.byteLength(cut) > MAX_REASON_BYTES) cut = cut.slice(0, -1);
  return cut;
}

/** CORS does not bind WebSockets: a page of any origin may open one unless the server refuses it. */
function isAllowedOrigin({ CORS_ORIGINS }: Config, { origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined || CORS_ORIGINS.includes('*') || CORS_ORIGINS.includes(origin)) return true;
  // This server's own pages, such as GraphiQL.
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Closes both directions. Otherwise a client that does not close its side would keep the socket open. */
function refuse(stream: Duplex, status: string, ...headers: string[]): void {
  stream.on('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end([`HTTP/1.1 ${status}`, 'Connection: close', ...headers, '\r\n'].join('\r\n'));
}
