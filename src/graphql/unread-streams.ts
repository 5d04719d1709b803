import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

/**
 * Ends the streams that nobody will read, and says why: a subscription whose request takes no stream, or that
 * is part of a batch. Left alone they would listen until their session is deleted.
 */
export function useUnreadStreams(): Plugin {
  return {
    async onResultProcess({ result, setResult, resultProcessor, setResultProcessor }) {
      if (Array.isArray(result)) {
        setResult(await Promise.all(result.map(refuseInBatch)));
      } else if (isAsyncIterable(result) && !resultProcessor) {
        await end(result);
        setResultProcessor(
          (_, { Response }) => Response.json(NO_STREAM, { status: 406 }),
          'application/json',
        );
      }
    },
  };
}

const NO_STREAM: ExecutionResult = {
  errors: [
    new GraphQLError('A subscription is a stream: send Accept: text/event-stream, or use a WebSocket'),
  ],
};

async function refuseInBatch(result: ExecutionResult): Promise<ExecutionResult> {
  if (!isAsyncIterable(result)) return result;
  await end(result);
  return { errors: [new GraphQLError('A subscription cannot be part of a batch')] };
}

async function end(stream: AsyncIterable<unknown>): Promise<void> {
  await stream[Symbol.asyncIterator]().return?.();
}
