import { type ExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, type ConnectionInitMessage, handleProtocols, makeServer, type Server } from 'graphql-ws';
import { type Caller, NOBODY, STRANGER } from '../access/caller.ts';
import { resolveParams } from '../access/connection-params.ts';
import { GRACE_MS, REVOKED_CODE } from '../access/watch.ts';
import type { AppContext } from '../app.ts';
import {
  TooManyFailuresError,
  TooManyOperationsError,
  UnauthenticatedError,
  UserNotFoundError,
} from '../errors.ts';
import { pump, type Source } from '../streams/source.ts';
import { LazyAbort } from '../transport/client-gone.ts';
import { type AcceptedSocket, MESSAGE_TOO_BIG, type WebSocketProtocol } from '../transport/upgrades.ts';
import { OperationIds } from './operation-ids.ts';
import { formatError, resultsOf, serializeResult } from './results.ts';
import { GRAPHQL_PATH, type GraphQLServer } from './yoga.ts';

/** What is known of the client of one socket. A type, because graphql-ws wants an index signature. */
type Client = {
  readonly socket: AcceptedSocket;
  readonly gone: LazyAbort;
  readonly ids: OperationIds;
  caller: Caller;
  /** Operations that have not ended. */
  running: number;
};

/** GraphQL over WebSocket (`graphql-transport-ws`), through the same pipeline as over HTTP. */
export function graphqlOverWebSocket(app: AppContext, graphql: GraphQLServer): WebSocketProtocol {
  const server = createServer(app, graphql);
  return {
    serves: (path) => path === GRAPHQL_PATH,
    maxMessage: app.config.BODY_LIMIT,
    tooLargeCode: MESSAGE_TOO_BIG,
    chooseSubprotocol: handleProtocols,
    accept: (socket) => speakGraphQL(server, socket),
  };
}

/**
 * Creates the server of all sockets. graphql-ws keeps to the protocol and Yoga's pipeline runs the operations. The
 * results of a subscription are sent from here, because they are JSON already.
 */
function createServer(app: AppContext, { yoga, operations }: GraphQLServer) {
  const { CONNECTION_INIT_TIMEOUT, MAX_OPERATIONS_PER_SOCKET } = app.config;
  const { execute, subscribe } = yoga.getEnveloped();
  return makeServer<ConnectionInitMessage['payload'], Client>({
    connectionInitWaitTimeout: CONNECTION_INIT_TIMEOUT,
    onConnect: async ({ connectionParams, extra: client }) => {
      const { connection, close } = client.socket;
      try {
        const named = await resolveParams(app, connectionParams, connection.address);
        if (!named) return false;
        client.caller = named;
        await connection.identify(named, (code, reason) => endAccess(client, code, reason));
        return true;
      } catch (error) {
        if (error instanceof UserNotFoundError) return false;
        if (error instanceof UnauthenticatedError || error instanceof TooManyFailuresError) {
          close(CloseCode.Unauthorized, error.message);
          return false;
        }
        throw error;
      }
    },
    onSubscribe: async ({ extra: client }, _id, payload) => {
      if (client.running >= MAX_OPERATIONS_PER_SOCKET) return [tooMany(MAX_OPERATIONS_PER_SOCKET)];
      client.running += 1;
      const { caller, gone, socket } = client;
      const { address } = socket.connection;
      const prepared = operations.prepare(payload, { caller, address, gone });
      if ('errors' in prepared) finish(client);
      return 'errors' in prepared ? prepared.errors : prepared;
    },
    execute,
    subscribe,
    onOperation: ({ extra: client }, id, _payload, { contextValue }) => {
      const results = resultsOf(contextValue);
      if (!results) return undefined;
      const start = client.ids.toClient(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
      return sendAll(results, (json) => client.socket.send(`${start}${json}}`));
    },
    onComplete: ({ extra: client }, id) => {
      client.ids.end(id);
      finish(client);
    },
    onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
      errors && { ...result, errors: errors.map(formatError) },
    onError: ({ extra: client }, id, _payload, errors) => {
      client.ids.end(id);
      return errors.map(formatError);
    },
  });
}

/** Closes the socket: at once for who comes back, else when what ended the access has its answer. Nothing new begins. */
function endAccess(client: Client, code: number, reason: string): void {
  if (code === REVOKED_CODE) {
    client.caller = STRANGER;
    setTimeout(() => client.socket.close(code, reason), GRACE_MS);
  } else client.socket.close(code, reason);
}

function finish(client: Client): void {
  client.running -= 1;
}

/** Speaks `graphql-transport-ws` over one socket. Returns what to call when it has closed. */
function speakGraphQL(server: Server<Client>, socket: AcceptedSocket) {
  const gone = new LazyAbort();
  const ids = new OperationIds();
  const closed = server.opened(
    {
      ...socket,
      protocol: socket.subprotocol,
      send: (message) => socket.send(ids.toClient(message)),
      close: (code: number, reason: string) => socket.close(code, ids.toClient(reason)),
      onMessage: (handle) =>
        socket.onMessage((data) =>
          handle(ids.fromClient(String(data))).catch((error) => refuseUnexpected(socket, error)),
        ),
    },
    { socket, gone, ids, caller: NOBODY, running: 0 },
  );
  return async (code: number, reason: string) => {
    gone.abort();
    await closed(code, reason);
  };
}

/** graphql-ws throws for a message that only a server may send. */
function refuseUnexpected(socket: AcceptedSocket, error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith('Unexpected message'))) throw error;
  socket.close(CloseCode.BadRequest, error.message);
}

function tooMany(maximum: number): GraphQLError {
  const { code, message } = new TooManyOperationsError(maximum);
  return new GraphQLError(message, { extensions: { code } });
}

/** Sends all results at the pace of the reader. For graphql-ws it is a stream without items, which ends when they are sent. */
function sendAll(
  results: Source<ExecutionResult>,
  send: (json: string) => Promise<void> | undefined,
): AsyncIterableIterator<never, undefined> {
  const done = { done: true, value: undefined } as const;
  return {
    next: async () => {
      await pump(results, (result) => send(serializeResult(result)));
      return done;
    },
    return: async () => {
      results.close();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
