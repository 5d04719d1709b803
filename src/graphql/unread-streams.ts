import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

/**
 * Ends the stream of a subscription whose request does not accept a stream, or that is part of a batch, and
 * returns an error instead. Nobody would read the stream, and it would listen until its session is deleted.
 */
export function useUnreadStreams(): Plugin {
  return {
    onResultProcess({ result, setResult, resultProcessor, setResultProcessor }) {
      if (Array.isArray(result)) return Promise.all(result.map(refuseInBatch)).then(setResult);
      if (!isAsyncIterable(result) || resultProcessor) return;
      setResult(NO_STREAM);
      setResultProcessor(
        (refusal, { Response }) => Response.json(refusal, { status: 406 }),
        'application/json',
      );
      return end(result);
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
