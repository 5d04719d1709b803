import { isUnavailable } from '../database/errors.ts';
import {
  AppError,
  DocumentResetError,
  DocumentTooLargeError,
  EditRefusedError,
  ERRORS,
  ForbiddenError,
  SessionNotFoundError,
  TooManyFailuresError,
  TryLaterError,
  UnauthenticatedError,
  UserNotFoundError,
} from '../errors.ts';
import { INTERNAL_ERROR, TRY_AGAIN_LATER } from '../transport/upgrades.ts';

/**
 * The codes with which a connection to a document is closed. y-websocket does not connect again after those from 4400
 * to 4499, so they are for what another connection does not mend.
 */
export const CloseCode = {
  /** A message or an update is not one that an editor sends. */
  REFUSED: 4400,
  /** The credential is missing, wrong or over. */
  UNAUTHENTICATED: 4401,
  /** There is no such user, or it may not edit. */
  FORBIDDEN: 4403,
  NO_SESSION: 4404,
  /** Nothing was asked for over the connection. */
  NO_DOCUMENT: 4408,
  /** The document has begun a new epoch: the editor must be loaded again. */
  RESET: 4410,
  TOO_LARGE: 4413,
  /** Too fast, or the database is away: come back later. */
  TRY_LATER: TRY_AGAIN_LATER,
  INTERNAL_ERROR,
} as const;

/** Ends a connection to a document with a close code and a reason, which are shown to the client. */
export class CloseError extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * Returns how an error ends a connection, with a reason that fits into a close frame. Reports an unforeseen error, which
 * the client is not told, and a database that is away.
 */
export function toCloseError(error: unknown, report: (error: unknown) => void): CloseError {
  const known = toKnownError(error);
  if (known) return known;
  report(error);
  return isUnavailable(error)
    ? new CloseError(CloseCode.TRY_LATER, 'SERVICE_UNAVAILABLE')
    : new CloseError(CloseCode.INTERNAL_ERROR, 'Internal server error');
}

function toKnownError(error: unknown): CloseError | null {
  if (error instanceof CloseError) return error;
  if (error instanceof EditRefusedError) return new CloseError(CloseCode.REFUSED, error.message);
  if (error instanceof DocumentResetError) return new CloseError(CloseCode.RESET, error.message);
  if (error instanceof DocumentTooLargeError) return new CloseError(CloseCode.TOO_LARGE, error.message);
  // Their messages hold ids of any length.
  if (error instanceof SessionNotFoundError) return new CloseError(CloseCode.NO_SESSION, 'No such session');
  if (error instanceof UserNotFoundError) return new CloseError(CloseCode.FORBIDDEN, 'No such user');
  if (error instanceof ForbiddenError) return new CloseError(CloseCode.FORBIDDEN, error.message);
  if (error instanceof UnauthenticatedError || error instanceof TooManyFailuresError) {
    return new CloseError(CloseCode.UNAUTHENTICATED, error.message);
  }
  if (!(error instanceof AppError)) return null;
  const isOfNow = error instanceof TryLaterError || ERRORS[error.code].status >= 500;
  return new CloseError(isOfNow ? CloseCode.TRY_LATER : CloseCode.REFUSED, error.code);
}
