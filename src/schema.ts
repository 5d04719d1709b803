import { builder } from './graphql/builder.ts';
import './graphql/base64.ts';
import './graphql/errors.ts';
import './sessions/graphql.ts';
import './users/graphql.ts';
import './users/graphql-participants.ts';
import './api-keys/graphql.ts';
import './viewer/graphql.ts';
import './executions/graphql.ts';
import './events/graphql.ts';
import './presence/graphql.ts';
import './documents/graphql.ts';
import './observability/graphql.ts';

/** The GraphQL schema, to which every slice has added its part. */
export const schema = builder.toSchema({ sortSchema: true });
