import type { Server } from 'node:http';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { GRAPHQL_PATH, type Yoga } from './yoga.ts';

const KEEP_ALIVE_MS = 12_000;

/**
 * Serves GraphQL over WebSocket (`graphql-transport-ws`) on the HTTP server, through the same pipeline as
 * HTTP. Answers a function that tells the clients to go away and closes.
 */
export function serveWebSocket(server: Server, yoga: Yoga, maxPayload: number): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload });
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0]?.replace(/\/$/, '') === GRAPHQL_PATH) {
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
    } else {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    }
  });
  const { execute, subscribe } = yoga.getEnveloped();
  const disposable = useServer(
    {
      execute,
      subscribe,
      onSubscribe: async (_context, _id, params) => {
        const { schema, parse, validate, contextFactory } = yoga.getEnveloped({ params });
        try {
          const document = parse(params.query);
          const errors: readonly GraphQLError[] = validate(schema, document);
          if (errors.length > 0) return [...errors];
          return {
            schema,
            document,
            operationName: params.operationName,
            variableValues: params.variables,
            contextValue: await contextFactory(),
          };
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          throw error;
        }
      },
      onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
        errors ? { ...result, errors: errors.map(withoutHttp) } : undefined,
      onError: (_context, _id, _payload, errors) => errors.map(withoutHttp),
    },
    sockets,
    KEEP_ALIVE_MS,
  );
  return async () => disposable.dispose();
}

/** The error without what Yoga notes on it for HTTP answers. */
function withoutHttp({
  message,
  locations,
  path,
  extensions: { http: _, ...extensions } = {},
}: GraphQLError) {
  return { message, locations, path, extensions };
}
