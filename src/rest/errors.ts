import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { toServiceError } from '../database/errors.ts';
import {
  AppError,
  ERRORS,
  type ErrorCode,
  TooManyExecutionsError,
  TryLaterError,
  UnauthenticatedError,
} from '../errors.ts';
import { toInputError } from '../validation.ts';

/** A required field of the body is missing: the one input error with status 422. */
class MissingFieldsError extends AppError {
  readonly paths: readonly PropertyKey[][];

  constructor(paths: readonly PropertyKey[][]) {
    super('INVALID_REQUEST', `${paths.map((path) => path.join('.')).join(' and ')}: Field required`);
    this.paths = paths;
  }
}

/** Returns the error for input that does not fit its schema. */
export function toRestInputError(issues: readonly z.core.$ZodIssue[], input: unknown): AppError {
  const missing = issues.filter(({ path }) => path.length > 0 && isAbsent(input, path));
  return missing.length > 0 ? new MissingFieldsError(missing.map(({ path }) => path)) : toInputError(issues);
}

function isAbsent(input: unknown, path: readonly PropertyKey[]): boolean {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = Reflect.get(value, key);
  }
  return value === undefined;
}

/** Returns the error body: top level for clients of the OpenAPI document, `detail` for those of the original server. */
export function errorBody(code: ErrorCode, message: string, statusCode: number = ERRORS[code].status) {
  const body = { error: code, message, statusCode };
  return { ...body, detail: body };
}

/** Replies with the error in the documented shape. Logs an unforeseen error, and does not show it. */
export function handleError(cause: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply) {
  const error = toServiceError(cause, request.log);
  if (error instanceof MissingFieldsError) {
    const detail = error.paths.map((path) => ({
      type: 'missing',
      loc: ['body', ...path],
      msg: 'Field required',
    }));
    return reply.code(422).send({ ...errorBody(error.code, error.message, 422), detail });
  }
  if (error instanceof UnauthenticatedError) reply.header('www-authenticate', 'Bearer');
  if (error instanceof TryLaterError) reply.header('retry-after', error.retryAfter);
  if (error instanceof TooManyExecutionsError) return send(reply, 'RATE_LIMITED', error.message);
  if (error instanceof AppError) return send(reply, error.code, error.message);
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return send(
      reply,
      'PAYLOAD_TOO_LARGE',
      `The body must be at most ${request.routeOptions.bodyLimit} bytes`,
    );
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return send(reply, 'INVALID_REQUEST', 'The body must be JSON, with Content-Type: application/json');
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return send(reply, 'INVALID_REQUEST', `The request cannot be read: ${error.message}`);
  }
  request.log.error({ err: error }, 'Unforeseen error in a request');
  return send(reply, 'INTERNAL_ERROR', 'Something went wrong on the server');
}

/** Replies to a path without a route. */
export function handleNotFound(request: FastifyRequest, reply: FastifyReply) {
  const route = `${request.method} ${request.url.split('?')[0]}`;
  const known = '/docs lists those of REST, GraphQL is at /graphql';
  return send(reply, 'NOT_FOUND', `There is no route ${route}: ${known}`);
}

function send(reply: FastifyReply, code: ErrorCode, message: string) {
  return reply.code(ERRORS[code].status).send(errorBody(code, message));
}
