import type { FastifyBaseLogger } from 'fastify';
import { DatabaseError } from 'pg';
import { z } from 'zod';
import { ServiceUnavailableError } from '../errors.ts';
import { Prisma } from './generated/client.ts';
import { StatementFailedError } from './session-store.ts';

/** Prisma's codes of a database that cannot be reached, refuses, or does not answer in time. */
const UNAVAILABLE = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);

/**
 * PostgreSQL's codes for the same: connection lost, standby, transaction or lock too long, conflict, too many connections,
 * disk full, statement too long, starting, shutting down, disk broken.
 */
const UNAVAILABLE_SQLSTATE = /^(08...|25006|25P0[34]|40...|53...|55P03|57...|58...)$/;

const CONFLICT_SQLSTATE = /^40(001|P01)$/;
/** SQLite's codes of a file that another process uses, and of a disk that is full or broken. */
const UNAVAILABLE_SQLITE = /^SQLITE_(BUSY|FULL|IOERR)/;

/** The system's codes of a server that the network does not reach. */
const UNREACHABLE = /^E(CONN|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|PIPE)/;
/** What pg says when nobody answers. */
const NO_ANSWER =
  /Connection terminated|Query read timeout|timeout expired|timeout exceeded when trying to connect/;

const driverError = z.object({
  driverAdapterError: z.object({
    // The message of SQLite begins with its code.
    cause: z.object({ originalCode: z.string(), originalMessage: z.string() }),
  }),
});

function driverErrorOf({ meta }: Prisma.PrismaClientKnownRequestError) {
  return (
    driverError.safeParse(meta).data?.driverAdapterError.cause ?? { originalCode: '', originalMessage: '' }
  );
}

/** A database cannot be opened. The message names it, the reason, and what to do. */
export class CannotOpenError extends Error {
  constructor(which: string, advice: string, cause: unknown) {
    const reason = cause instanceof Error ? describe(cause) : String(cause);
    super(`${which} cannot be opened (${reason}): ${advice}`, { cause });
  }
}

/** A PostgreSQL server only lets us read where it was asked for more, as a standby does. */
export class ReadOnlyError extends Error {}

/** A host with several addresses gives an AggregateError, whose own message is empty. */
function describe(error: Error): string {
  return error instanceof AggregateError ? error.message || error.errors.join() : error.message;
}

/** Returns the code that a driver or the system gave an error; an empty text for none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Whether a row was not stored because the row that it belongs to does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
}

/** For `catch`: throws another error where a row was not stored because the row that it belongs to is gone. */
export function orGone(toError: () => Error): (error: unknown) => never {
  return (error) => {
    throw isForeignKeyViolation(error) ? toError() : error;
  };
}

/** Whether a row was not stored because it exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** Whether the database ended a transaction in favour of another one: it may be run again. */
export function isConflict(error: unknown): boolean {
  if (error instanceof StatementFailedError) return isConflict(error.cause);
  if (error instanceof DatabaseError) return CONFLICT_SQLSTATE.test(error.code ?? '');
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  return error.code === 'P2034' || CONFLICT_SQLSTATE.test(driverErrorOf(error).originalCode);
}

/** Whether an operation failed because the database is away for now, not because of the operation itself. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof CannotOpenError || error instanceof StatementFailedError) {
    return isUnavailable(error.cause);
  }
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  // A new primary may be on its way.
  if (error instanceof ReadOnlyError) return true;
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    if (UNAVAILABLE.has(error.code)) return true;
    const { originalCode, originalMessage } = driverErrorOf(error);
    return UNAVAILABLE_SQLSTATE.test(originalCode) || UNAVAILABLE_SQLITE.test(originalMessage);
  }
  // The driver's own error, where Prisma has no code for it.
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SQLITE.test(code)) return true;
  // A client that breaks off its request is ECONNRESET without a system call.
  return ('syscall' in error && UNREACHABLE.test(code)) || NO_ANSWER.test(error.message);
}

/**
 * Whether the database refused a change for what it is, or in favour of another one: nothing of it is stored, and it may go
 * again, alone or after a look. Where the database is away, that would only take longer.
 */
export function isRefused(error: unknown): boolean {
  return error instanceof StatementFailedError && (isConflict(error) || !isUnavailable(error));
}

/** Returns ServiceUnavailableError for an error of a database that is away, and logs why; any other error as it is. */
export function toServiceError<Any>(
  error: Any,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Any | ServiceUnavailableError {
  if (!isUnavailable(error)) return error;
  log.warn({ err: error }, 'The database is away');
  return new ServiceUnavailableError();
}
