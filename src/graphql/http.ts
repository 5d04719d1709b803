import type { FastifyInstance, FastifyReply } from 'fastify';
import { GRAPHQL_PATH, type Yoga } from './yoga.ts';

/** Serves GraphQL over HTTP and Server-Sent Events; a POST takes `application/json` alone. */
export async function serveGraphQL(server: FastifyInstance, yoga: Yoga): Promise<void> {
  await server.register(async (routes) => {
    routes.removeContentTypeParser('text/plain');
    routes.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) request.log.error({ err: error }, 'Unforeseen error in a GraphQL request');
      const message = status < 500 ? error.message : 'Something went wrong on the server';
      return reply.code(status).send({ errors: [{ message }] });
    });
    routes.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      schema: { hide: true },
      handler: async (request, reply) =>
        send(reply, await yoga.handleNodeRequestAndResponse(request, reply, {})),
    });
  });
}

/**
 * A stream goes out as it comes; anything else in one piece, which is what Fastify is fast at. A document that
 * is refused is told in the stream, with status 200: an EventSource shows its page nothing of a failed request.
 */
async function send(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  reply.code(isStream && response.status === 400 ? 200 : response.status);
  response.headers.forEach((value, name) => {
    reply.header(name, value);
  });
  return reply.send(isStream ? response.body : await response.text());
}
