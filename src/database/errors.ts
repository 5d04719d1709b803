import { z } from 'zod';
import { Prisma } from './generated/client.ts';

/** Prisma's codes of a database that cannot be reached, refuses, or does not answer in time. */
const UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);

/** PostgreSQL's codes of the same: connection lost, too many connections, starting up, shutting down. */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P)/;

const UNAVAILABLE_MESSAGE = /Connection terminated|timeout exceeded when trying to connect|ECONN/;

const driverError = z.object({
  driverAdapterError: z.object({ cause: z.object({ originalCode: z.string() }) }),
});

/** An AggregateError, as of a host with several addresses, has its messages inside. */
function describe(error: Error): string {
  return error instanceof AggregateError ? error.errors.join() : error.message;
}

/** Whether an operation failed because the database is away for now, not because of what was asked of it. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    if (UNAVAILABLE.has(error.code)) return true;
    const driver = driverError.safeParse(error.meta);
    return driver.success && UNAVAILABLE_SQLSTATE.test(driver.data.driverAdapterError.cause.originalCode);
  }
  // The driver's own, where Prisma has no code for it.
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && UNAVAILABLE_SQLSTATE.test(error.code)) return true;
  return UNAVAILABLE_MESSAGE.test(describe(error));
}
