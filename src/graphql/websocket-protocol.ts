import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import { makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { z } from 'zod';
import type { AppContext } from '../context.ts';
import { TooManyOperationsError, UserNotFoundError } from '../errors.ts';
import { pump, type Reader } from '../live/reader.ts';
import { enterByParams } from '../presence/connection.ts';
import { formatError, resultsOf, serializeResult } from './results.ts';
import type { Yoga } from './yoga.ts';

type ProtocolSocket = Parameters<Server['opened']>[0];

export interface ClientSocket extends ProtocolSocket {
  /** Answers a promise to wait for when the reader is behind. */
  send(text: string): Promise<void> | undefined;
}

/**
 * Speaks `graphql-transport-ws` over one socket; answers what is to be called when it has closed. graphql-ws
 * keeps to the protocol and Yoga's pipeline runs the operations. The results of a subscription are sent from
 * here, because they are JSON already.
 */
export function speakGraphQL(app: AppContext, yoga: Yoga, socket: ClientSocket) {
  const { config } = app;
  const { execute, subscribe } = yoga.getEnveloped();
  let running = 0;
  const finish = () => {
    running -= 1;
  };
  let isOpen = true;
  let leave = () => {};
  const server = makeServer({
    connectionInitWaitTimeout: config.CONNECTION_INIT_TIMEOUT,
    onConnect: async ({ connectionParams }) => {
      try {
        leave = await enterByParams(app, connectionParams);
        if (!isOpen) leave();
        return true;
      } catch (error) {
        if (error instanceof UserNotFoundError || error instanceof z.ZodError) return false;
        throw error;
      }
    },
    onClose: () => {
      isOpen = false;
      leave();
    },
    onSubscribe: async (_context, _id, payload) => {
      if (running >= config.MAX_OPERATIONS_PER_SOCKET) return [tooMany(config.MAX_OPERATIONS_PER_SOCKET)];
      running += 1;
      const prepared = await prepare(yoga, payload);
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
  return server.opened(socket, {});
}

/** What is to be executed, from the same parser, rules and context as over HTTP; or why it is not. */
async function prepare(
  yoga: Yoga,
  params: SubscribePayload,
): Promise<ExecutionArgs | { errors: readonly GraphQLError[] }> {
  const { schema, parse, validate, contextFactory } = yoga.getEnveloped({ params });
  try {
    const document = parse(params.query);
    const errors: readonly GraphQLError[] = validate(schema, document);
    if (errors.length > 0) return { errors: [...errors] };
    if (!getOperationAST(document, params.operationName)) {
      return { errors: [new GraphQLError('The document has no such operation')] };
    }
    return {
      schema,
      document,
      operationName: params.operationName ?? null,
      variableValues: params.variables ?? null,
      contextValue: await contextFactory(),
    };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

function tooMany(maximum: number): GraphQLError {
  const { code, message } = new TooManyOperationsError(maximum);
  return new GraphQLError(message, { extensions: { code } });
}

/**
 * Sends all results at the pace of the reader; to graphql-ws it is a stream that has none and ends with them. When
 * the client ends it, graphql-ws must not learn of the end: it would complete the operation that has the id by then.
 */
function sendAll(
  results: Reader<ExecutionResult>,
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
