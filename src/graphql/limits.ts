import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type ExecutionArgs,
  GraphQLError,
  getOperationAST,
  Kind,
  Lexer,
  NoSchemaIntrospectionCustomRule,
  Source,
  TokenKind,
} from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import { InvalidInputError } from '../errors.ts';
import { MAX_COMPLEXITY } from './builder.ts';

/** With more tokens, nested lists could overflow the parser's stack. */
const MAX_TOKENS = 1_000;

/** Returns the plugins that bound documents, over every transport. A larger document is refused with status 400. */
export function documentLimits(): Plugin[] {
  const onReject = [(_context: unknown, error: GraphQLError) => refuse(error)];
  return [
    limitTokens(),
    maxDepthPlugin<YogaInitialContext>({ n: 15, flattenFragments: true, onReject }),
    maxAliasesPlugin<YogaInitialContext>({ n: 100, onReject }),
    maxDirectivesPlugin<YogaInitialContext>({ n: 50, onReject }),
  ];
}

/** Tells clients that send the hash of a document alone that they must send the document. */
export function noPersistedQueries(): Plugin {
  const extensions = { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 200 } };
  return {
    onParams: ({ params }) => {
      if (params.query || !params.extensions?.['persistedQuery']) return;
      throw new GraphQLError('PersistedQueryNotSupported', { extensions });
    },
  };
}

/** Refuses operations that read the schema. */
export function noIntrospection(): Plugin {
  return {
    onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
  };
}

function limitTokens(): Plugin {
  return {
    onParse({ params: { source } }) {
      const text = String(source);
      if (text.length > MAX_TOKENS && hasMoreTokens(text, MAX_TOKENS)) {
        throw refuse(new GraphQLError(`The document has more than ${MAX_TOKENS} tokens`));
      }
    },
  };
}

function hasMoreTokens(text: string, limit: number): boolean {
  const lexer = new Lexer(new Source(text));
  try {
    for (let count = 0; count <= limit; count += 1) {
      if (lexer.advance().kind === TokenKind.EOF) return false;
    }
    return true;
  } catch {
    // The parser reports the syntax error.
    return false;
  }
}

/** Sets status 400: for clients that accept `application/json`, Yoga's own would be 200. */
export function refuse(error: GraphQLError): GraphQLError {
  error.extensions['code'] = 'INVALID_REQUEST';
  error.extensions['http'] = { status: 400, spec: false };
  return error;
}

/** Throws InvalidInputError for a subscription that is too complex. Pothos checks queries and mutations alone. */
export function checkComplexity({ schema, document, operationName, variableValues }: ExecutionArgs): void {
  const operation = getOperationAST(document, operationName);
  const definitions = document.definitions.filter(
    (definition) => definition.kind !== Kind.OPERATION_DEFINITION || definition === operation,
  );
  const { complexity } = complexityFromQuery(
    { ...document, definitions },
    { schema, variables: { ...variableValues } },
  );
  if (complexity <= MAX_COMPLEXITY) return;
  throw new InvalidInputError('query', `query is too costly: it weighs ${complexity} of ${MAX_COMPLEXITY}`);
}
