import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Reader } from '../live/reader.ts';

const serialized = new WeakMap<ExecutionResult, string>();
const eventIds = new WeakMap<ExecutionResult, number>();

/** A result as the JSON that clients get: made once, however many get it. */
export function serializeResult(result: ExecutionResult): string {
  let json = serialized.get(result);
  if (json === undefined) {
    const { errors, ...rest } = result;
    json = JSON.stringify(errors ? { ...rest, errors: errors.map(formatError) } : rest);
    serialized.set(result, json);
  }
  return json;
}

/** Names the event that a result is of, for clients that resume after it. */
export function setEventId(result: ExecutionResult, seq: number): void {
  eventIds.set(result, seq);
}

export function eventIdOf(result: ExecutionResult): number | undefined {
  return eventIds.get(result);
}

/** The error without what Yoga notes on it for HTTP answers. */
export function formatError({
  message,
  locations,
  path,
  extensions: { http: _, ...extensions } = {},
}: GraphQLFormattedError): GraphQLFormattedError {
  return {
    message,
    ...(locations && { locations }),
    ...(path && { path }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
}

const readers = new WeakMap<object, Reader<ExecutionResult>>();

/**
 * Keeps the results of a subscription by the context of its operation: on the way to the transport Yoga wraps
 * them in iterators that would each wait a turn and do nothing that is not done to them already.
 */
export function setResults(context: unknown, results: Reader<ExecutionResult>): void {
  if (typeof context === 'object' && context !== null) readers.set(context, results);
}

export function resultsOf(context: unknown): Reader<ExecutionResult> | undefined {
  return typeof context === 'object' && context !== null ? readers.get(context) : undefined;
}
