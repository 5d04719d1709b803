import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { memoize } from '../memoize.ts';
import type { Source } from '../streams/source.ts';

const eventIds = new WeakMap<ExecutionResult, number>();

/** Returns a result as the JSON that clients get: made once, however many get it. */
export const serializeResult = memoize(({ errors, ...rest }: ExecutionResult): string =>
  JSON.stringify(errors ? { ...rest, errors: errors.map(formatError) } : rest),
);

/** Notes the number of the event that a result shows, for clients that resume after it. */
export function setEventId(result: ExecutionResult, seq: number): void {
  eventIds.set(result, seq);
}

export function eventIdOf(result: ExecutionResult): number | undefined {
  return eventIds.get(result);
}

/** Returns the error without the HTTP status that Yoga notes on it. */
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

const sources = new WeakMap<object, Source<ExecutionResult>>();

/**
 * Keeps the results of a subscription by the context of its operation. Yoga wraps the iterator several times.
 * Each wrapper costs a microtask for each result, so transports read the original here.
 */
export function setResults(context: unknown, results: Source<ExecutionResult>): void {
  if (typeof context === 'object' && context !== null) sources.set(context, results);
}

export function resultsOf(context: unknown): Source<ExecutionResult> | undefined {
  return typeof context === 'object' && context !== null ? sources.get(context) : undefined;
}
