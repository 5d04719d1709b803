import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { DateTimeISOResolver } from 'graphql-scalars';
import type { GraphQLContext } from '../context.ts';
import type { Execution, User } from '../database/generated/client.ts';
import type PrismaTypes from '../database/generated/pothos.ts';
import { getDatamodel } from '../database/generated/pothos.ts';
import type { SessionState } from '../events/model.ts';

interface SchemaTypes {
  DefaultFieldNullability: false;
  PrismaTypes: PrismaTypes;
  Context: GraphQLContext;
  Scalars: { DateTime: { Input: Date; Output: Date } };
  Objects: { Session: SessionState; User: User; Execution: Execution };
}

/** What every slice adds its types and fields to. */
export const builder = new SchemaBuilder<SchemaTypes>({
  defaultFieldNullability: false,
  plugins: [ErrorsPlugin, PrismaPlugin, RelayPlugin],
  errors: {
    directResult: true,
    defaultUnionOptions: { name: ({ fieldName }) => `${capitalize(fieldName)}Result` },
  },
  prisma: {
    client: ({ app }) => app.db,
    dmmf: getDatamodel(),
    defaultConnectionSize: 20,
    maxConnectionSize: 100,
  },
  relay: { cursorType: 'String' },
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
