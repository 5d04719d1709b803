import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { DateTimeISOResolver } from 'graphql-scalars';
import type { GraphQLContext } from '../app.ts';
import type { User } from '../database/generated/client.ts';
import type PrismaTypes from '../database/generated/pothos.ts';
import { getDatamodel } from '../database/generated/pothos.ts';
import type { SessionState } from '../events/state.ts';
import type { Execution } from '../executions/model.ts';

interface SchemaTypes {
  DefaultFieldNullability: false;
  PrismaTypes: PrismaTypes;
  Context: GraphQLContext;
  /** `loaded` is what the field of the operation shows, if its answer may be kept. */
  Root: { readonly loaded?: SessionState } | undefined;
  Scalars: {
    Base64: { Input: Uint8Array; Output: Uint8Array | string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
  };
  Objects: { Session: SessionState; User: User; Execution: Execution };
}

/** The most fields that an operation may resolve. Estimated before it runs; a list's fields count once for each item. */
export const MAX_COMPLEXITY = 20_000;
export const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

/** The builder that every slice adds its types and fields to. */
export const builder = new SchemaBuilder<SchemaTypes>({
  defaultFieldNullability: false,
  plugins: [ComplexityPlugin, ErrorsPlugin, PrismaPlugin, RelayPlugin],
  complexity: { limit: { complexity: MAX_COMPLEXITY } },
  errors: {
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${capitalize(fieldName)}Result`,
      description: 'What was done, or the error that kept it from being done.',
    },
  },
  prisma: {
    client: ({ app }) => app.db,
    dmmf: getDatamodel(),
    defaultConnectionSize: DEFAULT_PAGE,
    maxConnectionSize: MAX_PAGE,
  },
  relay: {
    cursorType: 'String',
    pageInfoTypeOptions: { description: 'Where a page of a connection lies.' },
    hasNextPageFieldOptions: { description: 'Whether there is more after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge.' },
    firstArgOptions: { description: 'How many from the start; 20 when left out, at most 100.' },
    lastArgOptions: { description: 'How many from the end.' },
    beforeArgOptions: { description: 'The cursor that the page ends before.' },
    afterArgOptions: { description: 'The cursor that the page starts after.' },
    defaultConnectionTypeOptions: { description: 'One page of a list that grows.' },
    defaultEdgeTypeOptions: { description: 'One item of a page.' },
    cursorFieldOptions: { description: 'Where the item lies in the list.' },
    pageInfoFieldOptions: { description: 'Where the page lies.' },
    nodeFieldOptions: { description: 'The item.' },
    edgesFieldOptions: { description: 'The items of the page.', complexity: { field: 1, multiplier: 1 } },
  },
});

builder.queryType({ description: 'What can be read.' });
builder.mutationType({
  description: 'What can be changed. A domain error is part of the result, not an exception.',
});
builder.subscriptionType({ description: 'What can be watched, over WebSocket or Server-Sent Events.' });
builder.addScalarType('DateTime', DateTimeISOResolver, {
  description: 'A point in time in UTC, as ISO 8601: `2026-01-31T12:00:00.000Z`.',
});

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Lets the fields of an item count once for each item of the page. */
export function pageComplexity({ first, last }: { first?: number | null; last?: number | null }) {
  return { field: 1, multiplier: Math.min(Math.max(first ?? last ?? DEFAULT_PAGE, 1), MAX_PAGE) };
}
