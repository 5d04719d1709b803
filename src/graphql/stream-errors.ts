import type { ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

type Results = AsyncIterableIterator<ExecutionResult, undefined>;

/**
 * Ends a subscription whose source fails with a last result that carries the error: left alone, the error
 * would break the connection over Server-Sent Events and reach the client without its code.
 */
export function useStreamErrors(toError: (error: unknown) => GraphQLError): Plugin {
  return {
    onSubscribe: () => ({
      onSubscribeResult({ result, setResult }) {
        if (isAsyncIterable<ExecutionResult>(result)) setResult(endWithError(result, toError));
      },
    }),
  };
}

function endWithError(
  results: AsyncIterable<ExecutionResult>,
  toError: (error: unknown) => GraphQLError,
): Results {
  const source = results[Symbol.asyncIterator]();
  let failed = false;
  return {
    async next() {
      if (failed) return { done: true, value: undefined };
      try {
        return await source.next();
      } catch (error) {
        failed = true;
        return { done: false, value: { errors: [toError(error)] } };
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
