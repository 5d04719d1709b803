import { CannotOpenError, codeOf } from './errors.ts';
import type { DatabaseDriver } from './provider.ts';
import { StatementFailedError } from './session-store.ts';
import { sqliteAdapter } from './sqlite-adapter.ts';
import type { SqliteOptions } from './sqlite-functions.ts';
import { SqliteWorker } from './sqlite-worker.ts';

/**
 * The driver of an SQLite file, or of a new database in memory. While it is open, it is the only one that
 * writes the file. When its thread ends unexpectedly, `onLost` is called, or the process ends.
 */
export function sqliteDriver(options: SqliteOptions, onLost: (error: Error) => void = fail): DatabaseDriver {
  const worker = new SqliteWorker(options, onLost);
  const open = () => worker.call('open').catch((error) => explainFailure(options.path, error));
  return {
    provider: 'sqlite',
    adapter: sqliteAdapter(worker, open),
    sessions: {
      isOnlyWriter: true,
      commit: async (changes) => new Set(await worker.call('commitChanges', changes).catch(explainChange)),
      load: (id) => worker.call('loadSession', id),
      seqs: async (ids) => new Map(await worker.call('readSeqs', ids)),
      events: (sessionId, range) => worker.call('readEvents', sessionId, range),
      history: (sessionId, before) => worker.call('readHistory', sessionId, before),
      codeEvents: (sessionId, range) => worker.call('readCodeEvents', sessionId, range),
      document: (sessionId) => worker.call('readDocument', sessionId),
      saveSeen: async (users, at) => {
        const keys = users.map(({ sessionId, userId }) => ({ sessionId, userId }));
        const saved = await worker.call('saveSeen', keys, at);
        return new Set(users.filter((_, i) => saved[i]));
      },
      checkpoint: (checkpoint) => worker.call('saveCheckpoint', checkpoint),
    },
    exclusively: async (work) => {
      await open();
      await work({
        query: (sql, values = []) => worker.call('selectRows', sql, values),
        transaction: (script, last) => worker.call('applyMigration', script, last),
      });
    },
    close: () => worker.close(),
  };
}

function explainFailure(path: string, error: unknown): never {
  throw new CannotOpenError(`The database file ${path}`, adviceFor(codeOf(error)), error);
}

function adviceFor(code: string): string {
  if (code.startsWith('SQLITE_BUSY')) {
    return 'stop the process that uses it, or let DATABASE_URL name another file; several servers need PostgreSQL';
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return 'make room on its disk';
  return 'DATABASE_URL must name an SQLite file that this user may write, in a folder that they may write too';
}

/** SQLite rolls back what fails. What is no error of SQLite comes from a thread that died. */
function explainChange(error: unknown): never {
  throw codeOf(error).startsWith('SQLITE_') ? new StatementFailedError(error) : error;
}

function fail(error: Error): never {
  throw error;
}
