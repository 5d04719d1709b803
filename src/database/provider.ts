import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SessionStore } from './session-store.ts';
import type { Provider } from './url.ts';

/** How one kind of database is reached. */
export interface DatabaseDriver {
  readonly provider: Provider;
  readonly adapter: SqlDriverAdapterFactory;
  /** The hot statements. They need the tables of the migrations. */
  readonly sessions: SessionStore;
  /** Runs `work` while no other process does, however many start at once. */
  exclusively(work: (connection: MigrationConnection) => Promise<void>): Promise<void>;
  /** Closes what the driver holds itself, after the Prisma client on its adapter has disconnected. */
  close(): Promise<void>;
}

export interface MigrationConnection {
  /** Returns the rows of a query. `values` are the values of `$1`, `$2`, and so on. */
  query(sql: string, values?: readonly string[]): Promise<unknown[]>;
  /** Runs a script of any number of statements, then the statement `last`: all of it or, when this throws, nothing. */
  transaction(script: string, last: Statement): Promise<void>;
}

export interface Statement {
  readonly sql: string;
  /** The values of `$1`, `$2`, and so on. */
  readonly values: string[];
}
