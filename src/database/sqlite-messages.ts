import type { Error as DriverError } from '@prisma/driver-adapter-utils';
import type { SqliteFunctions } from './sqlite-functions.ts';

/** A call of one of the thread's functions. */
export interface Request {
  readonly id: number;
  readonly name: keyof SqliteFunctions;
  readonly args: never[];
  /** The transaction of Prisma that the call begins or belongs to. */
  readonly transaction?: number | undefined;
}

export type Reply =
  | { readonly id: number; readonly value: never }
  | { readonly id: number; readonly failure: Failure };

/** An error in a form that passes between threads with all that the other side needs. */
export interface Failure {
  readonly message: string;
  readonly stack?: string | undefined;
  /** SQLite's code, such as SQLITE_BUSY, or the system's. */
  readonly code?: string | undefined;
  /** What Prisma makes its own errors of. */
  readonly driverError?: DriverError | undefined;
}
