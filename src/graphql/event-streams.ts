import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Reader } from '../live/reader.ts';
import { resultsOf } from './results.ts';

const streams = new WeakMap<Response, Reader<ExecutionResult>>();

/**
 * Leaves the results of a subscription to whoever sends the response, who knows the socket and the pace of
 * its reader; Yoga decides whether it is to be sent and with what status.
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

/** The results of the subscription that a response is for; undefined when it is for none. */
export function streamOf(response: Response): Reader<ExecutionResult> | undefined {
  return streams.get(response);
}
