import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import { makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { isAsyncIterable } from 'graphql-yoga';
import type { AppContext } from '../context.ts';
import { TooManyOperationsError } from '../errors.ts';
import { formatError, serializeResult } from './results.ts';
import type { Yoga } from './yoga.ts';

type Socket = Parameters<Server['opened']>[0];
type Results = AsyncIterator<ExecutionResult>;

/**
 * Speaks `graphql-transport-ws` over one socket; answers what is to be called when it has closed. graphql-ws
 * keeps to the protocol and Yoga's pipeline runs the operations. The results of a subscription are sent from
 * here, because they are JSON already.
 */
export function speakGraphQL({ config }: AppContext, yoga: Yoga, socket: Socket) {
  const { execute, subscribe } = yoga.getEnveloped();
  let running = 0;
  const finish = () => {
    running -= 1;
  };
  const server = makeServer({
    connectionInitWaitTimeout: config.CONNECTION_INIT_TIMEOUT,
    onSubscribe: async (_context, _id, payload) => {
      if (running >= config.MAX_OPERATIONS_PER_SOCKET) return [tooMany(config.MAX_OPERATIONS_PER_SOCKET)];
      running += 1;
      const prepared = await prepare(yoga, payload);
      if ('errors' in prepared) finish();
      return 'errors' in prepared ? prepared.errors : prepared;
    },
    execute: async (args) => {
      try {
        return await execute(args);
      } finally {
        finish();
      }
    },
    subscribe: async (args) => {
      try {
        const results = await subscribe(args);
        if (!isAsyncIterable<ExecutionResult>(results)) finish();
        return results;
      } catch (error) {
        finish();
        throw error;
      }
    },
    onOperation: (_context, id, _payload, _args, results) => {
      if (!isAsyncIterable<ExecutionResult>(results)) return undefined;
      const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
      return sendAll(results[Symbol.asyncIterator](), (json) => socket.send(`${start}${json}}`), finish);
    },
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

/** Sends all results at the pace of the reader; to graphql-ws it is a stream that has none and ends with them. */
function sendAll(
  results: Results,
  send: (json: string) => Promise<void> | void,
  onEnd: () => void,
): AsyncIterableIterator<never, undefined> {
  let ended = false;
  const end = () => {
    if (!ended) onEnd();
    ended = true;
  };
  const done = { done: true, value: undefined } as const;
  return {
    async next() {
      try {
        for (let result = await results.next(); !result.done; result = await results.next()) {
          const sending = send(serializeResult(result.value));
          if (sending) await sending;
        }
        return done;
      } finally {
        end();
      }
    },
    async return() {
      end();
      await results.return?.();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
