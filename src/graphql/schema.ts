import { builder } from './builder.ts';
import './errors.ts';
import '../sessions/graphql.ts';
import '../users/graphql.ts';
import '../execution/graphql.ts';
import '../events/graphql.ts';
import '../presence/graphql.ts';
import '../health/graphql.ts';

export const schema = builder.toSchema({ sortSchema: true });
