import { type ExecutionArgs, execute, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { excessOf } from '../validation.ts';
import { refuse } from './limits.ts';

/**
 * graphql-js reports the first value that does not fit, because each error prints its value, which may be all of the
 * variables. It looks for no names that are like an unknown one, because that name may be long.
 */
export const COERCION = { options: { maxCoercionErrors: 1 }, hideSuggestions: true };

/** Executes operations within the bounds of variables, which Yoga's own executor does not have. */
export function useVariableLimits(): Plugin {
  return {
    onExecute: ({ setExecuteFn }) => setExecuteFn(executeWithinLimits),
  };
}

/** Executes a query or mutation. Its result is an error where the variables are more than an operation may have. */
export function executeWithinLimits(args: ExecutionArgs): ReturnType<typeof execute> {
  const refusal = refusalOfVariables(args);
  return refusal ? { errors: [refusal] } : execute({ ...args, ...COERCION });
}

/** Returns the error INVALID_REQUEST for variables that would take long to look through; null for all others. */
export function refusalOfVariables({ variableValues }: ExecutionArgs): GraphQLError | null {
  const excess = excessOf(variableValues);
  return excess === null ? null : refuse(new GraphQLError(`The variables ${excess}`));
}
