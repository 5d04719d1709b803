import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { AppContext, GraphQLContext } from '../context.ts';
import { toClientError } from './errors.ts';
import { useEventStreams } from './event-streams.ts';
import { documentLimits, noIntrospection } from './limits.ts';
import { schema } from './schema.ts';
import { useSharedExecution } from './shared-execution.ts';
import { useUnreadStreams } from './unread-streams.ts';

export const GRAPHQL_PATH = '/graphql';

export type Yoga = YogaServerInstance<Record<never, never>, GraphQLContext>;

/** The GraphQL server: what it parses, validates and masks holds for HTTP, SSE and WebSocket alike. */
export function createGraphQL(app: AppContext): Yoga {
  const { GRAPHQL_BATCH_LIMIT, GRAPHQL_INTROSPECTION } = app.config;
  const maskError = (error: unknown): GraphQLError => {
    const known = toClientError(error);
    if (known) return known;
    app.log.error({ err: error }, 'Unforeseen error in a GraphQL operation');
    return new GraphQLError('Something went wrong on the server', {
      extensions: { code: 'INTERNAL_ERROR' },
      path: error instanceof GraphQLError ? (error.path ?? null) : null,
    });
  };
  return createYoga<Record<never, never>, GraphQLContext>({
    schema,
    context: ({ request }) => ({ app, lastEventId: request?.headers.get('last-event-id') ?? null }),
    graphqlEndpoint: GRAPHQL_PATH,
    // The default answers every path that ends in `/health`.
    healthCheckEndpoint: `${GRAPHQL_PATH}/ready`,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: GRAPHQL_BATCH_LIMIT > 1 && { limit: GRAPHQL_BATCH_LIMIT },
    logging: false,
    maskedErrors: { maskError },
    graphiql: { title: 'CodeInterview', subscriptionsProtocol: 'WS', defaultQuery: EXAMPLE },
    renderGraphiQL,
    plugins: [
      ...documentLimits(),
      ...(GRAPHQL_INTROSPECTION ? [] : [noIntrospection()]),
      useSharedExecution(app.connections, maskError),
      useUnreadStreams(),
      useEventStreams(),
    ],
  });
}

/** In lines that the editor's half of a laptop's screen shows whole. */
const EXAMPLE = `# Welcome to CodeInterview. Run Create, and put
# the id of the session into the variables below:
# { "id": "..." }
# Run Watch in a second window: what Join and Run
# change in the first arrives there.

mutation Create {
  createSession(
    input: { language: PYTHON, code: "print(6 * 7)" }
  ) {
    ... on CreateSessionPayload {
      session { id code language seq }
    }
    ... on Error { code message }
  }
}

subscription Watch($id: ID!) {
  session(id: $id) {
    seq code language status users { name color }
  }
}

mutation Join($id: ID!) {
  joinSession(input: { sessionId: $id, name: "Ada" }) {
    ... on JoinSessionPayload { user { id name color } }
    ... on Error { code message }
  }
}

mutation Run($id: ID!) {
  executeCode(
    input: {
      sessionId: $id, language: PYTHON
      code: "print(6 * 7)"
    }
  ) {
    ... on ExecuteCodePayload {
      execution { status stdout error executionTime }
    }
    ... on Error { code message }
  }
}
`;
