import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

const streams = new WeakMap<Response, AsyncIterable<ExecutionResult>>();

/**
 * Leaves the results of a subscription to whoever sends the response, who knows the socket and the pace of
 * its reader; Yoga decides whether it is to be sent and with what status. What it does not send is closed.
 */
export function useEventStreams(): Plugin {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor }) {
      if (!isAsyncIterable<ExecutionResult>(result)) return;
      if (!resultProcessor) {
        void result[Symbol.asyncIterator]().return?.();
        return;
      }
      setResultProcessor((_result, { Response }) => {
        const response = new Response(null, { headers: { 'content-type': 'text/event-stream' } });
        streams.set(response, result);
        return response;
      }, 'text/event-stream');
    },
  };
}

/** The results of the subscription that a response is for; undefined when it is for none. */
export function resultsOf(response: Response): AsyncIterable<ExecutionResult> | undefined {
  return streams.get(response);
}
