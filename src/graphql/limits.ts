import { costLimitPlugin } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import type { GraphQLError } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';

/** Bounds on documents, whichever transport brings them; a document beyond one is refused with status 400. */
export function documentLimits(): Plugin[] {
  const onReject = [refuse];
  return [
    maxTokensPlugin<YogaInitialContext>({ n: 2_000, onReject }),
    maxDepthPlugin<YogaInitialContext>({ n: 15, flattenFragments: true, onReject }),
    maxAliasesPlugin<YogaInitialContext>({ n: 100, onReject }),
    maxDirectivesPlugin<YogaInitialContext>({ n: 50, onReject }),
    costLimitPlugin<YogaInitialContext>({ maxCost: 10_000, onReject }),
  ];
}

function refuse(_context: unknown, error: GraphQLError): void {
  error.extensions['code'] = 'INVALID_REQUEST';
  error.extensions['http'] = { status: 400 };
}
