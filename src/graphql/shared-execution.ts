import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
} from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { z } from 'zod';
import type { GraphQLContext } from '../app.ts';
import { SourceIterable, sourceOf } from '../streams/iterable.ts';
import { mapSource } from '../streams/source.ts';
import type { Connections } from '../transport/connections.ts';
import { checkComplexity } from './limits.ts';
import { operationKey } from './operation-key.ts';
import { setEventId, setResults } from './results.ts';
import { COERCION, refusalOfVariables } from './variables.ts';

type MaybePromise<Value> = Value | Promise<Value>;
type ToError = (error: unknown) => GraphQLError;

const numbered = z.object({ seq: z.int() });

/** The results of each event that somebody still holds, by operation and access class. */
const shared = new WeakMap<object, Map<string, MaybePromise<ExecutionResult>>>();

/**
 * Executes a subscription once for an event and all equal subscriptions of one access class, because resolvers
 * of events read the event and the server's state alone. The result is one object, so it is serialized once,
 * too. A source that fails ends the stream with a last result that carries the error.
 */
export function useSharedExecution(connections: Connections, toError: ToError): Plugin<GraphQLContext> {
  return {
    onSubscribe({ args: { contextValue }, setSubscribeFn }) {
      const { accessClass } = contextValue.caller;
      setSubscribeFn((args: ExecutionArgs) => subscribe(args, accessClass));
    },
  };

  async function subscribe(
    args: ExecutionArgs,
    accessClass: string,
  ): Promise<SourceIterable<ExecutionResult> | ExecutionResult> {
    const refusal = refusalOfVariables(args);
    if (refusal) return { errors: [refusal] };
    try {
      checkComplexity(args);
    } catch (error) {
      return { errors: [toError(error)] };
    }
    const source = await createSourceEventStream({ ...args, ...COERCION });
    if (!isAsyncIterable(source)) return source;
    const results = mapSource(sourceOf(source), {
      toItem: executor(args, `${accessClass} ${operationKey(args)}`, toError),
      onError: (error): ExecutionResult => ({ errors: [toError(error)] }),
      onEnd: connections.countSubscription(),
    });
    setResults(args.contextValue, results);
    return new SourceIterable(results);
  }
}

function executor(args: ExecutionArgs, key: string, toError: ToError) {
  return (event: unknown): MaybePromise<ExecutionResult> => {
    if (typeof event !== 'object' || event === null) return executeFor(event, args, toError);
    const results = shared.get(event) ?? new Map<string, MaybePromise<ExecutionResult>>();
    shared.set(event, results);
    let result = results.get(key);
    if (!result) {
      result = executeFor(event, args, toError);
      results.set(key, result);
    }
    return result;
  };
}

function executeFor(event: unknown, args: ExecutionArgs, toError: ToError): MaybePromise<ExecutionResult> {
  const finish = (result: ExecutionResult): ExecutionResult => {
    const finished = result.errors ? { ...result, errors: result.errors.map(toError) } : result;
    const { data } = numbered.safeParse(event);
    if (data) setEventId(finished, data.seq);
    return finished;
  };
  // Resolvers cache in the context, and what they cache holds for this event alone.
  const contextValue = Object.assign({}, args.contextValue);
  const result = execute({ ...args, rootValue: event, contextValue });
  return result instanceof Promise ? result.then(finish) : finish(result);
}
