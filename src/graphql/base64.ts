import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { builder } from './builder.ts';

const base64 = z.base64();

builder.scalarType('Base64', {
  description: 'Bytes, as Base64 with padding.',
  serialize: (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('base64')),
  parseValue: (value) => {
    const { data } = base64.safeParse(value);
    if (data === undefined) throw new GraphQLError('Base64 must be a text in Base64 with padding');
    return Buffer.from(data, 'base64');
  },
});
