interface ErrorEntry {
  /** The HTTP status that REST gives it. */
  readonly status: number;
  readonly description: string;
}

/** Every error that a client can meet. */
export const ERRORS = {
  INVALID_REQUEST: { status: 400, description: 'The input does not fit; the message names the field.' },
  INVALID_LANGUAGE: { status: 400, description: 'The language is none of those that programs run in.' },
  EDIT_REFUSED: { status: 400, description: 'The edit is not one of text; the reason is in the message.' },
  UNAUTHENTICATED: {
    status: 401,
    description: 'No credential was shown, or one that is wrong, expired or revoked.',
  },
  ACCESS_REVOKED: {
    status: 401,
    description: 'The credential of a stream has ended: do not come back with it.',
  },
  ACCESS_CHANGED: {
    status: 403,
    description: 'The rights of a stream have changed, or its token has expired: connect again.',
  },
  FORBIDDEN: { status: 403, description: 'The credential does not allow this.' },
  INVITE_INVALID: { status: 403, description: 'The invite is wrong, used up, expired or revoked.' },
  NOT_FOUND: { status: 404, description: 'There is no such route.' },
  SESSION_NOT_FOUND: { status: 404, description: 'There is no session with this id.' },
  USER_NOT_FOUND: { status: 404, description: 'The session has no user with this id.' },
  EXECUTION_NOT_FOUND: { status: 404, description: 'There is no execution with this id.' },
  API_KEY_NOT_FOUND: { status: 404, description: 'There is no API key with this id.' },
  METHOD_NOT_ALLOWED: { status: 405, description: 'The route exists, but not for this HTTP method.' },
  SESSION_AT_CAPACITY: { status: 409, description: 'The session has as many users as it can have.' },
  USER_OFFLINE: { status: 409, description: 'The user has no open connection, which presence lives with.' },
  EXECUTION_NOT_RUNNING: { status: 409, description: 'The execution has ended, or takes no more input.' },
  BASE_OUTSIDE_LOG: {
    status: 409,
    description:
      'The base of the edit is too old, or no event: take the text of now and make the edit again.',
  },
  DOCUMENT_RESET: {
    status: 409,
    description: 'The Yjs document of the session has begun again: load it anew.',
  },
  DOCUMENT_TOO_LARGE: { status: 413, description: 'The text would be longer than a document can be.' },
  PAYLOAD_TOO_LARGE: { status: 413, description: 'The body is larger than the server takes.' },
  RATE_LIMITED: { status: 429, description: 'Too many requests: wait for `Retry-After` seconds.' },
  TOO_MANY_EXECUTIONS: { status: 429, description: 'Too many programs wait for their turn.' },
  INTERNAL_ERROR: { status: 500, description: 'Something unforeseen; the log of the server has it.' },
  SERVICE_UNAVAILABLE: {
    status: 503,
    description: 'Something that the server needs is away: wait a moment.',
  },
  SLOW_CONSUMER: { status: 503, description: 'Events came faster than they were read: resume.' },
  SHUTTING_DOWN: { status: 503, description: 'The server is shutting down: connect again.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that is meant for the client. Its code and message are shown; any other error is masked. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }

  /** More for the client, beside the code and the message. */
  get details(): Record<string, unknown> {
    return {};
  }
}

/** Something cannot be done at the moment; `retryAfter` says in how many seconds to try again. */
export class TryLaterError extends AppError {
  readonly retryAfter: number;

  constructor(code: ErrorCode, message: string, retryAfter: number) {
    super(code, message);
    this.retryAfter = retryAfter;
  }
}

/** Input does not fit; `field` is the name of the input field. */
export class InvalidInputError extends AppError {
  readonly field: string;

  constructor(field: string, message: string) {
    super(field === 'language' ? 'INVALID_LANGUAGE' : 'INVALID_REQUEST', message);
    this.field = field;
  }

  override get details(): Record<string, unknown> {
    return { field: this.field };
  }
}

/** An edit is not one that an editor of text makes; nothing of it is kept. */
export class EditRefusedError extends AppError {
  readonly reason: string;

  constructor(reason: string) {
    super('EDIT_REFUSED', `The edit is refused: ${reason}`);
    this.reason = reason;
  }
}

/** The text of a document would be longer than `limit` bytes of UTF-8. */
export class DocumentTooLargeError extends AppError {
  readonly limit: number;

  constructor(limit: number) {
    super('DOCUMENT_TOO_LARGE', `The text would be longer than ${limit} bytes`);
    this.limit = limit;
  }
}

/** The base of an edit is older than the edits that are kept for that, ahead, or no event; `seq` is the latest. */
export class BaseOutsideLogError extends AppError {
  readonly seq: number;

  constructor(seq: number) {
    super('BASE_OUTSIDE_LOG', `The base is too old, or no event: the latest is ${seq}`);
    this.seq = seq;
  }

  override get details(): Record<string, unknown> {
    return { seq: this.seq };
  }
}

/** The Yjs document of a session has begun a new epoch. */
export class DocumentResetError extends AppError {
  constructor() {
    super('DOCUMENT_RESET', 'The document has begun again: load it anew');
  }
}

/** A position is outside of its log; `seq` is the log's latest. */
export class OutsideLogError extends InvalidInputError {
  readonly seq: number;

  constructor(seq: number, what: 'event' | 'chunk') {
    super('after', `after must be from 0 to ${seq}, the latest ${what}`);
    this.seq = seq;
  }

  override get details(): Record<string, unknown> {
    return { ...super.details, seq: this.seq };
  }
}

export class SessionNotFoundError extends AppError {
  constructor(id: string) {
    super('SESSION_NOT_FOUND', `Session with ID '${id}' not found`);
  }
}

export class UserNotFoundError extends AppError {
  constructor(id: string) {
    super('USER_NOT_FOUND', `User with ID '${id}' not found in session`);
  }
}

export class UserOfflineError extends AppError {
  constructor(id: string) {
    super('USER_OFFLINE', `User with ID '${id}' has no open connection that names it`);
  }
}

export class SessionAtCapacityError extends AppError {
  readonly maxUsers: number;

  constructor(maxUsers: number) {
    super('SESSION_AT_CAPACITY', `Session has reached maximum of ${maxUsers} users`);
    this.maxUsers = maxUsers;
  }
}

export class ExecutionNotFoundError extends AppError {
  constructor(id: string) {
    super('EXECUTION_NOT_FOUND', `Execution with ID '${id}' not found`);
  }
}

export class ApiKeyNotFoundError extends AppError {
  constructor(id: string) {
    super('API_KEY_NOT_FOUND', `API key with ID '${id}' not found`);
  }
}

export class ExecutionNotRunningError extends AppError {
  constructor(id: string, why = 'has already ended') {
    super('EXECUTION_NOT_RUNNING', `Execution with ID '${id}' ${why}`);
  }
}

/** The queue of programs is full. */
export class TooManyExecutionsError extends TryLaterError {
  constructor(retryAfter: number) {
    super('TOO_MANY_EXECUTIONS', `Too many programs are waiting: try again in ${retryAfter} s`, retryAfter);
  }
}

/** A subscriber reads more slowly than events come; it resumes after the last event that it has. */
export class SlowConsumerError extends AppError {
  constructor() {
    super('SLOW_CONSUMER', 'Events came faster than they were read: resume after the last one you have');
  }
}

/** The server ends its streams; the client connects again. */
export class ShuttingDownError extends AppError {
  constructor() {
    super('SHUTTING_DOWN', 'The server is shutting down: connect again');
  }
}

/** A client address holds as many WebSockets and event streams as it may. */
export class TooManySocketsError extends TryLaterError {
  constructor() {
    super('RATE_LIMITED', 'Too many connections from this address: close some, then try again', 5);
  }
}

/** A WebSocket runs as many operations as it may. */
export class TooManyOperationsError extends AppError {
  constructor(maximum: number) {
    super('RATE_LIMITED', `Too many operations on this socket: at most ${maximum} run at once`);
  }
}

/** No credential was shown, or one that is wrong, expired or revoked. */
export class UnauthenticatedError extends AppError {
  constructor() {
    super('UNAUTHENTICATED', 'A valid credential is needed');
  }
}

/** The credential does not allow it. */
export class ForbiddenError extends AppError {
  constructor() {
    super('FORBIDDEN', 'This credential does not allow it');
  }
}

/** The credential of a stream has ended. */
export class AccessRevokedError extends AppError {
  constructor() {
    super('ACCESS_REVOKED', 'The credential of this stream has ended');
  }
}

/** The rights of a stream have changed, or its token has expired. */
export class AccessChangedError extends AppError {
  constructor() {
    super('ACCESS_CHANGED', 'The rights of this stream have changed: connect again');
  }
}

/** An invite is wrong, used up, expired or revoked. */
export class InviteInvalidError extends AppError {
  constructor() {
    super('INVITE_INVALID', 'The invite is not valid: ask for a new one');
  }
}

/** A client address showed too many credentials that are not valid. */
export class TooManyFailuresError extends TryLaterError {
  constructor(retryAfter: number) {
    super('RATE_LIMITED', `Too many invalid credentials: try again in ${retryAfter} s`, retryAfter);
  }

  override get details(): Record<string, unknown> {
    return { retryAfter: this.retryAfter };
  }
}

/** The OpenID provider, whose keys a token needs, is away. */
export class OpenIdUnavailableError extends TryLaterError {
  constructor(retryAfter: number) {
    super('SERVICE_UNAVAILABLE', 'The OpenID provider cannot be reached: try again in a moment', retryAfter);
  }
}

/** The database is away. */
export class ServiceUnavailableError extends TryLaterError {
  constructor() {
    super('SERVICE_UNAVAILABLE', 'The database cannot serve this now: try again in a moment', 2);
  }
}

/** The errors that end a stream before its log has ended. */
export const STREAM_INTERRUPTIONS = {
  slow: () => new SlowConsumerError(),
  closing: () => new ShuttingDownError(),
};
