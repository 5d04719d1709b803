import { PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { isUnavailable } from '../database/errors.ts';
import {
  ApiKeyNotFoundError,
  AppError,
  BaseOutsideLogError,
  DocumentTooLargeError,
  EditRefusedError,
  ERRORS,
  type ErrorCode,
  ExecutionNotFoundError,
  ExecutionNotRunningError,
  InvalidInputError,
  InviteInvalidError,
  ServiceUnavailableError,
  SessionAtCapacityError,
  SessionNotFoundError,
  TooManyExecutionsError,
  UserNotFoundError,
  UserOfflineError,
} from '../errors.ts';
import { builder } from './builder.ts';

const codes = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'What went wrong, for programs.',
  values: Object.fromEntries(
    codes.map((code) => [code, { value: code, description: ERRORS[code].description }]),
  ),
});

const ErrorInterface = builder.interfaceRef<AppError>('Error').implement({
  description: 'An error of the domain, as a member of a mutation’s result.',
  fields: (t) => ({
    code: t.field({
      type: ErrorCodeEnum,
      description: 'What went wrong, for programs.',
      resolve: (error) => error.code,
    }),
    message: t.exposeString('message', { description: 'What went wrong and what to do, for people.' }),
  }),
});

const interfaces = [ErrorInterface];

for (const [type, code] of [
  [SessionNotFoundError, 'SESSION_NOT_FOUND'],
  [UserNotFoundError, 'USER_NOT_FOUND'],
  [UserOfflineError, 'USER_OFFLINE'],
  [InviteInvalidError, 'INVITE_INVALID'],
  [ApiKeyNotFoundError, 'API_KEY_NOT_FOUND'],
  [ExecutionNotFoundError, 'EXECUTION_NOT_FOUND'],
  [ExecutionNotRunningError, 'EXECUTION_NOT_RUNNING'],
] as const) {
  builder.objectType(type, { name: type.name, description: ERRORS[code].description, interfaces });
}

builder.objectType(SessionAtCapacityError, {
  name: 'SessionAtCapacityError',
  description: ERRORS.SESSION_AT_CAPACITY.description,
  interfaces,
  fields: (t) => ({
    maxUsers: t.exposeInt('maxUsers', { description: 'How many users a session can have.' }),
  }),
});
builder.objectType(BaseOutsideLogError, {
  name: 'BaseOutsideLogError',
  description: ERRORS.BASE_OUTSIDE_LOG.description,
  interfaces,
  fields: (t) => ({ seq: t.exposeInt('seq', { description: 'The number of the latest event.' }) }),
});
builder.objectType(EditRefusedError, {
  name: 'EditRefusedError',
  description: ERRORS.EDIT_REFUSED.description,
  interfaces,
  fields: (t) => ({ reason: t.exposeString('reason', { description: 'Why it is refused, for people.' }) }),
});
builder.objectType(DocumentTooLargeError, {
  name: 'DocumentTooLargeError',
  description: ERRORS.DOCUMENT_TOO_LARGE.description,
  interfaces,
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'The most bytes of UTF-8 that it can have.' }),
  }),
});
builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: ERRORS.INVALID_REQUEST.description,
  interfaces,
  fields: (t) => ({ field: t.exposeString('field', { description: 'The input field that does not fit.' }) }),
});
builder.objectType(TooManyExecutionsError, {
  name: 'TooManyExecutionsError',
  description: ERRORS.TOO_MANY_EXECUTIONS.description,
  interfaces,
  fields: (t) => ({
    retryAfter: t.exposeInt('retryAfter', { description: 'Seconds after which to try again.' }),
  }),
});

/** The characters at the start and the end of a text that are shown: they name the variable, its field and its type. */
const SHOWN = 200;

/**
 * Returns the error as a client may see it: ours with its code, and GraphQL's own as it is. Returns null for an
 * unforeseen error, which the caller masks and logs.
 */
export function toClientError(error: unknown): GraphQLError | null {
  const root = rootCause(error);
  const cause = isUnavailable(root) ? new ServiceUnavailableError() : root;
  if (cause instanceof AppError) {
    return withExtensions(error, cause.message, { code: cause.code, ...cause.details });
  }
  if (cause instanceof PothosValidationError) {
    return withExtensions(error, cause.message, { code: 'INVALID_REQUEST' });
  }
  if (!(error instanceof GraphQLError && cause instanceof GraphQLError)) return null;
  if (cause === error) return error;
  // A variable of the wrong type: this error names the variable, and wraps the error of the type.
  return withExtensions(error, shorten(error.message, error.originalError?.message ?? ''), {
    code: 'INVALID_REQUEST',
    ...error.extensions,
  });
}

/** Shortens a message and the reason at its end, each by itself: both may print the whole value. */
function shorten(message: string, reason: string): string {
  return cut(message.slice(0, message.length - reason.length)) + cut(reason);
}

function cut(text: string): string {
  return text.length > 2 * SHOWN ? `${text.slice(0, SHOWN)} … ${text.slice(-SHOWN)}` : text;
}

function rootCause(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error;
}

function withExtensions(at: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(at instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  const { nodes = null, path = null } = at;
  return new GraphQLError(message, { nodes, path, extensions });
}
