import { type ExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { NOBODY } from '../access/caller.ts';
import { resolveParams } from '../access/connection-params.ts';
import type { AppContext } from '../app.ts';
import {
  TooManyFailuresError,
  TooManyOperationsError,
  UnauthenticatedError,
  UserNotFoundError,
} from '../errors.ts';
import { pump, type Source } from '../streams/source.ts';
import { type AcceptedSocket, MESSAGE_TOO_BIG, type WebSocketProtocol } from '../transport/upgrades.ts';
import { formatError, resultsOf, serializeResult } from './results.ts';
import { GRAPHQL_PATH, type GraphQLServer } from './yoga.ts';

/** The most bytes of a reason that a close frame holds. */
const MAX_REASON = 123;

/** GraphQL over WebSocket (`graphql-transport-ws`), through the same pipeline as over HTTP. */
export function graphqlOverWebSocket(app: AppContext, graphql: GraphQLServer): WebSocketProtocol {
  return {
    serves: (path) => path === GRAPHQL_PATH,
    maxMessage: app.config.BODY_LIMIT,
    tooLargeCode: MESSAGE_TOO_BIG,
    chooseSubprotocol: handleProtocols,
    accept: (socket) => speakGraphQL(app, graphql, socket),
  };
}

/**
 * Speaks `graphql-transport-ws` over one socket. Returns what to call when it has closed. graphql-ws keeps to
 * the protocol and Yoga's pipeline runs the operations. The results of a subscription are sent from here,
 * because they are JSON already.
 */
function speakGraphQL(app: AppContext, { yoga, operations }: GraphQLServer, socket: AcceptedSocket) {
  const { config } = app;
  const { execute, subscribe } = yoga.getEnveloped();
  let caller = NOBODY;
  let running = 0;
  const gone = new AbortController();
  const finish = () => {
    running -= 1;
  };
  const server = makeServer({
    connectionInitWaitTimeout: config.CONNECTION_INIT_TIMEOUT,
    onConnect: async ({ connectionParams }) => {
      try {
        const named = await resolveParams(app, connectionParams, socket.connection.address);
        if (!named) return false;
        caller = named;
        await socket.connection.identify(caller);
        return true;
      } catch (error) {
        if (error instanceof UserNotFoundError) return false;
        if (error instanceof UnauthenticatedError || error instanceof TooManyFailuresError) {
          socket.close(CloseCode.Unauthorized, error.message);
          return false;
        }
        throw error;
      }
    },
    onSubscribe: async (_context, _id, payload) => {
      if (running >= config.MAX_OPERATIONS_PER_SOCKET) return [tooMany(config.MAX_OPERATIONS_PER_SOCKET)];
      running += 1;
      const prepared = operations.prepare(payload, {
        caller,
        address: socket.connection.address,
        signal: gone.signal,
      });
      if ('errors' in prepared) finish();
      return 'errors' in prepared ? prepared.errors : prepared;
    },
    execute,
    subscribe,
    onOperation: (_context, id, _payload, { contextValue }) => {
      const results = resultsOf(contextValue);
      if (!results) return undefined;
      const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
      return sendAll(results, (json) => socket.send(`${start}${json}}`), finish);
    },
    onComplete: finish,
    onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
      errors && { ...result, errors: errors.map(formatError) },
    onError: (_context, _id, _payload, errors) => errors.map(formatError),
  });
  const closed = server.opened(
    {
      ...socket,
      protocol: socket.subprotocol,
      onMessage: (handle) => socket.onMessage((data) => handle(String(data)).catch(refuseUnexpected)),
    },
    {},
  );
  return async (code: number, reason: string) => {
    gone.abort();
    await closed(code, reason);
  };

  /** graphql-ws throws for a message that only a server may send. */
  function refuseUnexpected(error: unknown): void {
    if (!(error instanceof Error && error.message.startsWith('Unexpected message'))) throw error;
    socket.close(CloseCode.BadRequest, error.message.slice(0, MAX_REASON));
  }
}

function tooMany(maximum: number): GraphQLError {
  const { code, message } = new TooManyOperationsError(maximum);
  return new GraphQLError(message, { extensions: { code } });
}

/**
 * Sends all results at the pace of the reader. For graphql-ws it is a stream without items, which ends when they
 * are sent. When the client ends it, the stream must not end for graphql-ws, which would then complete another
 * operation that has the same id by then.
 */
function sendAll(
  results: Source<ExecutionResult>,
  send: (json: string) => Promise<void> | undefined,
  onClosed: () => void,
): AsyncIterableIterator<never, undefined> {
  const done = { done: true, value: undefined } as const;
  let isRunning = false;
  let isClosed = false;
  return {
    next: async () => {
      isRunning = true;
      await pump(results, (result) => send(serializeResult(result)));
      isRunning = false;
      return isClosed ? new Promise(() => {}) : done;
    },
    return: async () => {
      if (isRunning && !isClosed) {
        isClosed = true;
        onClosed();
      }
      results.close();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
