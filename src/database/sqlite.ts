import { CannotOpenError, isUnavailable } from './errors.ts';
import type { DatabaseDriver } from './provider.ts';
import { sqliteAdapter } from './sqlite-adapter.ts';
import type { SqliteOptions } from './sqlite-functions.ts';
import { SqliteWorker } from './sqlite-worker.ts';

export interface SqliteDriver extends DatabaseDriver {
  readonly provider: 'sqlite';
  /** Calls a function of `sqlite-functions.ts` in the thread of the database. */
  readonly call: SqliteWorker['call'];
}

/**
 * The driver of an SQLite file, or of a new database in memory. While it is open, it is the only one that
 * writes the file. When its thread ends unexpectedly, `onLost` is called, or the process ends.
 */
export function sqliteDriver(options: SqliteOptions, onLost: (error: Error) => void = fail): SqliteDriver {
  const worker = new SqliteWorker(options, onLost);
  const open = () => worker.call('open').catch((error) => explainFailure(options.path, error));
  return {
    provider: 'sqlite',
    adapter: sqliteAdapter(worker, open),
    exclusively: async (work) => {
      await open();
      await work({
        query: (sql, values = []) => worker.call('selectRows', sql, values),
        transaction: (script, last) => worker.call('applyMigration', script, last),
      });
    },
    call: (name, ...args) => worker.call(name, ...args),
    close: () => worker.close(),
  };
}

function explainFailure(path: string, error: unknown): never {
  const advice = isUnavailable(error)
    ? 'stop the process that uses it, or let DATABASE_URL name another file; several servers need PostgreSQL'
    : 'DATABASE_URL must name an SQLite file that this user may write, in a folder that they may write too';
  throw new CannotOpenError(`The database file ${path}`, advice, error);
}

function fail(error: Error): never {
  throw error;
}
