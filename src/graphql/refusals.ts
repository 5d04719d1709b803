import {
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
} from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { type Caller, isStranger } from '../access/caller.ts';
import type { GraphQLContext } from '../app.ts';
import { ERRORS } from '../errors.ts';
import { toClientError } from './errors.ts';

/** How the refusal of a whole operation shows over HTTP. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const REFUSALS = ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED'] as const;
type RefusalCode = (typeof REFUSALS)[number];

/** The root fields that everybody may ask for. */
const PUBLIC = ['viewer', 'health', 'languages', '__typename', '__schema', '__type'];

/** An operation that was executed. */
interface Executed extends Pick<ExecutionArgs, 'document' | 'operationName'> {
  readonly contextValue: Pick<GraphQLContext, 'caller'>;
}

/** Returns how an operation is refused of which every root field was; null when it got something. */
export function refusalOf(
  { document, operationName, contextValue: { caller } }: Executed,
  { data, errors = [] }: ExecutionResult,
): Refusal | null {
  const operation = getOperationAST(document, operationName);
  const refused = errors.flatMap((error) => {
    const { code, retryAfter } = toClientError(error)?.extensions ?? {};
    const known = REFUSALS.find((each) => each === code);
    return known && (error.path?.length ?? 1) === 1
      ? [{ code: known, key: error.path?.[0], retryAfter }]
      : [];
  });
  const [first] = refused;
  if (!operation || !first || refused.length < errors.length) return null;
  const isRefused = (key: string) => first.key === undefined || refused.some((each) => each.key === key);
  const roots = rootFields(operation, document.definitions.filter(isFragment));
  const isWhole = data
    ? Object.keys(data).every(isRefused)
    : isNothingElse(operation.operation, roots, isRefused, caller);
  return isWhole
    ? { status: ERRORS[first.code].status, headers: headersOf(first.code, first.retryAfter) }
    : null;
}

/**
 * Says of an operation without data that each root was refused. The first refusal of a field that must not be null takes
 * the data and the errors of the others away. Of mutations, those after it were not executed. Of queries, everything
 * is refused to a stranger that is not public, and `apiKeys` alone to others.
 */
function isNothingElse(
  operation: OperationTypeNode,
  roots: readonly FieldNode[],
  isRefused: (key: string) => boolean,
  caller: Caller,
): boolean {
  if (operation === OperationTypeNode.MUTATION)
    return roots.slice(0, 1).every((root) => isRefused(keyOf(root)));
  const names = roots.filter((root) => isRefused(keyOf(root))).map(({ name }) => name.value);
  return roots.every(
    ({ name: { value: name } }) => names.includes(name) || (isStranger(caller) && !PUBLIC.includes(name)),
  );
}

function headersOf(code: RefusalCode, retryAfter: unknown): Record<string, string> {
  if (code === 'UNAUTHENTICATED') return { 'www-authenticate': 'Bearer' };
  return retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
}

function keyOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}

type Fragment = Extract<ExecutionArgs['document']['definitions'][number], { kind: Kind.FRAGMENT_DEFINITION }>;

function isFragment(definition: ExecutionArgs['document']['definitions'][number]): definition is Fragment {
  return definition.kind === Kind.FRAGMENT_DEFINITION;
}

/** Returns the root fields of an operation. Directives are not looked at: a skipped field counts as well. */
function rootFields(operation: OperationDefinitionNode, fragments: readonly Fragment[]): FieldNode[] {
  const collect = (selection: SelectionNode): FieldNode[] => {
    switch (selection.kind) {
      case Kind.FIELD:
        return [selection];
      case Kind.INLINE_FRAGMENT:
        return selection.selectionSet.selections.flatMap(collect);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = fragments.find(({ name }) => name.value === selection.name.value);
        return fragment?.selectionSet.selections.flatMap(collect) ?? [];
      }
    }
  };
  return operation.selectionSet.selections.flatMap(collect);
}

/** Gives an operation that was refused as a whole its status over HTTP and Server-Sent Events. */
export function useRefusals(): Plugin<GraphQLContext> {
  const withStatus = (args: Executed, result: unknown, setResult: (result: ExecutionResult) => void) => {
    if (isAsyncIterable(result) || !isOverHttp(args.contextValue) || !isResult(result)) return;
    const http = refusalOf(args, result);
    if (http) setResult({ ...result, extensions: { ...result.extensions, http } });
  };
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result, setResult }) => withStatus(args, result, setResult),
    }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult: ({ result, setResult }) => withStatus(args, result, setResult),
    }),
  };
}

function isOverHttp(context: unknown): boolean {
  return typeof context === 'object' && context !== null && 'request' in context;
}

function isResult(result: unknown): result is ExecutionResult {
  return typeof result === 'object' && result !== null && ('data' in result || 'errors' in result);
}
