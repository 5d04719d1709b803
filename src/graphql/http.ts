import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type { AppContext } from '../app.ts';
import { toServiceError } from '../database/errors.ts';
import { AppError, ERRORS, InvalidInputError, TryLaterError, UnauthenticatedError } from '../errors.ts';
import { clientGone } from '../transport/client-gone.ts';
import { eventMessage, replyWithEvents } from '../transport/event-stream.ts';
import { textOfBody } from '../transport/utf8-body.ts';
import { streamOf } from './event-streams.ts';
import { answerPlainRequest } from './plain-request.ts';
import { eventIdOf, serializeResult } from './results.ts';
import { GRAPHQL_PATH, type GraphQLServer } from './yoga.ts';

const COMPLETE = 'event: complete\ndata:\n\n';

/** Serves GraphQL over HTTP and Server-Sent Events; a POST takes `application/json` alone. */
export async function serveGraphQL(
  server: FastifyInstance,
  { yoga, operations }: GraphQLServer,
  app: AppContext,
): Promise<void> {
  await server.register(async (routes) => {
    acceptJson(routes);
    routes.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
      const known = toServiceError(error, request.log);
      if (known instanceof AppError) {
        const { code, message, details } = known;
        reply.code(ERRORS[code].status);
        if (known instanceof UnauthenticatedError) reply.header('www-authenticate', 'Bearer');
        if (known instanceof TryLaterError) reply.header('retry-after', known.retryAfter);
        return sendErrors(request, reply, { message, extensions: { code, ...details } });
      }
      const status = error.statusCode ?? 500;
      if (status >= 500) request.log.error({ err: error }, 'Unforeseen error in a GraphQL request');
      return sendErrors(request, reply.code(status), { message: describe(status, error) });
    });
    routes.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      schema: { hide: true },
      handler: async (request, reply) => {
        checkHost(request);
        checkBody(request);
        const address = app.connections.addressOf(request.raw);
        if (await answerPlainRequest(operations, address, request, reply)) return reply;
        const gone = clientGone(reply.raw);
        const transport = { caller: request.caller, address, gone };
        const response = await yoga.handleNodeRequestAndResponse(request, reply, transport);
        const results = streamOf(response);
        if (gone.isAborted) {
          results?.close();
          return reply;
        }
        if (!results) return send(reply, response);
        return replyWithEvents(app, request, reply, results, { toMessage, toErrorMessage, last: COMPLETE });
      },
    });
  });
}

/** Throws InvalidInputError for a host that makes no URL, as Yoga needs one. */
function checkHost({ headers: { host } }: FastifyRequest): void {
  if (host && !URL.canParse(`http://${host}`)) {
    throw new InvalidInputError('host', 'The header Host must be a host, with a port or without');
  }
}

/** Throws InvalidInputError for a body with nothing in it, of which Yoga says that it is no JSON. */
function checkBody({ method, body }: FastifyRequest): void {
  if (method === 'POST' && Object.keys(Object(body)).length === 0) {
    throw new InvalidInputError('query', 'The body must be an object with a query');
  }
}

/** Reads bodies as JSON, with that content type alone. */
function acceptJson(routes: FastifyInstance): void {
  const parse = routes.getDefaultJsonParser('error', 'error');
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) =>
    parse(request, textOfBody(body), done),
  );
}

const RESPONSE_JSON = 'application/graphql-response+json';

/** Replies with an error of the request itself, in the media type that the client accepts. */
function sendErrors(request: FastifyRequest, reply: FastifyReply, error: object): FastifyReply {
  const isAccepted = request.headers.accept?.includes(RESPONSE_JSON);
  return reply
    .type(`${isAccepted ? RESPONSE_JSON : 'application/json'}; charset=utf-8`)
    .send(JSON.stringify({ errors: [error] }));
}

function describe(status: number, { message }: Error): string {
  if (status === 415) return 'The body must be JSON, with Content-Type: application/json';
  return status < 500 ? message : 'Something went wrong on the server';
}

/**
 * Sends a stream as it comes, and any other body in one piece, because Fastify is fast at that. A document that
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

/** Returns a message of the protocol that graphql-sse calls "distinct connections". */
function toMessage(result: ExecutionResult): string {
  const id = eventIdOf(result);
  return eventMessage({ event: 'next', data: serializeResult(result), ...(id !== undefined && { id }) });
}

function toErrorMessage({ code, message }: AppError): string {
  return eventMessage({
    event: 'next',
    data: JSON.stringify({ errors: [{ message, extensions: { code } }] }),
  });
}
