import { GraphQLError, type GraphQLSchema } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { Caller } from '../access/caller.ts';
import type { AppContext, GraphQLContext } from '../app.ts';
import { renderGraphiQL } from '../pages/graphiql.ts';
import type { LazyAbort } from '../transport/client-gone.ts';
import { toClientError } from './errors.ts';
import { useEventStreams } from './event-streams.ts';
import { EXAMPLE } from './example.ts';
import { KnownDocuments } from './known-documents.ts';
import { documentLimits, noIntrospection, noPersistedQueries } from './limits.ts';
import { useLocations } from './locations.ts';
import { Operations } from './operations.ts';
import { useParameters } from './parameters.ts';
import { useRefusals } from './refusals.ts';
import { useSharedExecution } from './shared-execution.ts';
import { useSubscriptionRoots } from './subscription-roots.ts';
import { useUnreadStreams } from './unread-streams.ts';
import { useVariableLimits } from './variables.ts';

export const GRAPHQL_PATH = '/graphql';

/** What a transport knows of an operation. */
export interface TransportContext {
  readonly caller: Caller;
  /** The address of the client. */
  readonly address: string;
  /** Aborted when the client has gone. */
  readonly gone: LazyAbort;
}

export type Yoga = YogaServerInstance<TransportContext, GraphQLContext>;

export interface GraphQLServer {
  /** Serves HTTP and Server-Sent Events. */
  readonly yoga: Yoga;
  readonly operations: Operations;
}

/** Creates the GraphQL server, whose parsing, validation and masking hold for HTTP, SSE and WebSocket alike. */
export function createGraphQL(app: AppContext, schema: GraphQLSchema): GraphQLServer {
  const { ACCESS, GRAPHQL_BATCH_LIMIT, GRAPHQL_INTROSPECTION } = app.config;
  const maskError = (error: unknown): GraphQLError => {
    const known = toClientError(error);
    if (known?.extensions['code'] === 'SERVICE_UNAVAILABLE') {
      app.log.warn({ err: error }, 'Something that GraphQL needs is away');
    }
    if (known) return known;
    app.log.error({ err: error }, 'Unforeseen error in a GraphQL operation');
    return new GraphQLError('Something went wrong on the server', {
      extensions: { code: 'INTERNAL_ERROR' },
      path: error instanceof GraphQLError ? (error.path ?? null) : null,
    });
  };
  const known = new KnownDocuments();
  const yoga = createYoga<TransportContext, GraphQLContext>({
    schema,
    context: ({ request, caller, address, gone }) => ({
      app,
      caller,
      address,
      gone,
      lastEventId: request?.headers.get('last-event-id') ?? null,
    }),
    graphqlEndpoint: GRAPHQL_PATH,
    // The default would serve every path that ends in `/health`.
    healthCheckEndpoint: `${GRAPHQL_PATH}/ready`,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: GRAPHQL_BATCH_LIMIT > 1 && { limit: GRAPHQL_BATCH_LIMIT },
    logging: false,
    maskedErrors: { maskError },
    graphiql: {
      title: 'CodeInterview GraphiQL',
      favicon: '/mark.svg',
      // Its headers, where a credential goes, reach subscriptions by fetch alone.
      subscriptionsProtocol: ACCESS === 'closed' ? 'SSE' : 'WS',
      shouldPersistHeaders: false,
      defaultQuery: EXAMPLE,
    },
    renderGraphiQL,
    plugins: [
      useParameters(),
      known.plugin,
      ...documentLimits(),
      useLocations(),
      useSubscriptionRoots(),
      ...(GRAPHQL_INTROSPECTION ? [] : [noIntrospection()]),
      useVariableLimits(),
      useSharedExecution(app.connections, maskError),
      noPersistedQueries(),
      useRefusals(),
      useUnreadStreams(),
      useEventStreams(),
    ],
  });
  const toContext = (transport: TransportContext) => ({ app, ...transport, lastEventId: null });
  return { yoga, operations: new Operations(yoga, schema, known, toContext, maskError) };
}
