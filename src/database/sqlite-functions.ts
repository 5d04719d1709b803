import { ConnectionPool, Sqlite3Client } from '@libsql/client/sqlite3';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { IsolationLevel, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import type Database from 'libsql';
import type { Statement } from './provider.ts';
import { holdLock } from './sqlite-lock.ts';
import { applyMigration, selectRows } from './sqlite-migration.ts';
import { MEMORY } from './url.ts';

/** How long a statement waits for another process that writes. It blocks this thread alone. */
const BUSY_TIMEOUT_MS = 10_000;

export type SqliteFunctions = Awaited<ReturnType<typeof openSqlite>>;

/**
 * Opens the database at `path` on one connection and returns what other threads may call. The thread runs one
 * function at a time, and none outside of an open transaction of Prisma.
 * Write-ahead log and `synchronous=FULL` (SQLite's default): a commit that returned survives a power cut.
 */
export async function openSqlite(path: string) {
  const release = path === MEMORY ? () => {} : holdLock(path);
  const pool = new ConnectionPool(path, { timeout: BUSY_TIMEOUT_MS }, 1);
  const close = () => {
    pool.close();
    release();
  };
  let db: Database.Database;
  try {
    // The pool gives this connection to everybody. It is free whenever a function starts.
    db = pool.acquireSync();
    db.pragma('journal_mode = WAL');
    pool.release(db);
  } catch (error) {
    close();
    throw error;
  }
  const adapter = await new OneConnection(pool).connect();
  let transaction: Transaction | undefined;
  const end = async (how: 'commit' | 'rollback') => {
    const ended = transaction;
    transaction = undefined;
    await ended?.[how]();
  };
  return {
    /** Does nothing: the first call opens the database. */
    open: () => {},
    close,
    queryRaw: (query: SqlQuery) => (transaction ?? adapter).queryRaw(query),
    executeRaw: (query: SqlQuery) => (transaction ?? adapter).executeRaw(query),
    executeScript: (script: string) => adapter.executeScript(script),
    beginTransaction: async (isolation?: IsolationLevel) => {
      transaction = await adapter.startTransaction(isolation);
    },
    commitTransaction: () => end('commit'),
    rollbackTransaction: () => end('rollback'),
    selectRows: (sql: string, values: readonly string[]) => selectRows(db, sql, values),
    applyMigration: (script: string, last: Statement) => applyMigration(db, script, last),
  };
}

/** Prisma's adapter on a pool that is there. Its transactions are IMMEDIATE: they wait for the lock at their start. */
class OneConnection extends PrismaLibSql {
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool) {
    super({ url: MEMORY });
    this.#pool = pool;
  }

  override createClient(): Sqlite3Client {
    return new ImmediateClient(this.#pool, 'number');
  }
}

class ImmediateClient extends Sqlite3Client {
  override transaction() {
    return super.transaction('write');
  }
}
