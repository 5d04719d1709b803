import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Source } from '../streams/source.ts';
import { resultsOf } from './results.ts';

const streams = new WeakMap<Response, Source<ExecutionResult>>();

/**
 * Keeps the results of a subscription beside the response instead of in its body: the HTTP transport sends them,
 * because it knows the socket and the pace of its reader. Yoga decides about the response and its status.
 */
export function useEventStreams(): Plugin {
  return {
    onResultProcess({ result, serverContext, setResultProcessor }) {
      if (!isAsyncIterable(result)) return;
      const results = resultsOf(serverContext);
      if (!results) throw new Error('The results of a subscription are lost');
      setResultProcessor((_result, { Response }) => {
        const response = new Response(null, { headers: { 'content-type': 'text/event-stream' } });
        streams.set(response, results);
        return response;
      }, 'text/event-stream');
    },
  };
}

/** Returns the results of the subscription that a response is for; undefined for any other response. */
export function streamOf(response: Response): Source<ExecutionResult> | undefined {
  return streams.get(response);
}
