import { type ExecutionArgs, execute, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { refuse } from './limits.ts';

/** The most values in variables: lists, objects and what is in them. 10,000 changes of a text are 40,000. */
const MAX_VALUES = 50_000;

/** How deep lists and objects may lie in each other: a presence can be 512 deep, and 6,000 overflow the stack. */
const MAX_DEPTH = 1_500;

/**
 * Tells the first value that does not fit: an error prints its value, which may be all of the variables. Tells no names
 * that are like an unknown one, which may be long.
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
  let count = 0;
  let level: unknown[] = [variableValues];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      return refuse(new GraphQLError(`The variables are nested more than ${MAX_DEPTH} deep`));
    const next: unknown[] = [];
    for (const value of level) {
      const values = valuesIn(value);
      count += values.length;
      if (count > MAX_VALUES)
        return refuse(new GraphQLError(`The variables hold more than ${MAX_VALUES} values`));
      next.push(...values);
    }
    level = next;
  }
  return null;
}

function valuesIn(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
