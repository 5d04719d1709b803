import { ConnectionPool, Sqlite3Client } from '@libsql/client/sqlite3';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { IsolationLevel, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import type Database from 'libsql';
import type { Statement } from './provider.ts';
import type { Range, SessionChange } from './session-store.ts';
import { holdLock } from './sqlite-lock.ts';
import { applyMigration, selectRows } from './sqlite-migration.ts';
import { sqliteSessions } from './sqlite-sessions.ts';
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
  const { db, client } = connect(path);
  const adapter = await new OneConnection(client).connect();
  let transaction: Transaction | undefined;
  const end = async (how: 'commit' | 'rollback') => {
    const ended = transaction;
    transaction = undefined;
    await ended?.[how]();
  };
  const sessions = once(() => sqliteSessions(db));
  return {
    /** Does nothing: the first call opens the database. */
    open: () => {},
    close: () => {
      client.close();
      release();
    },
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
    commitChanges: (changes: readonly SessionChange[]) => sessions().commit(changes),
    loadSession: (id: string) => sessions().load(id),
    readSeqs: (ids: readonly string[]) => sessions().seqs(ids),
    readEvents: (sessionId: string, range: Range) => sessions().events(sessionId, range),
  };
}

/** Makes a value when it is first asked for: the statements of sessions need the tables of the migrations. */
function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A pool of one connection is never without it, so `db` may be used whenever the client does nothing. */
function connect(path: string): { db: Database.Database; client: Sqlite3Client } {
  const pool = new ConnectionPool(path, { timeout: BUSY_TIMEOUT_MS }, 1);
  const db = pool.acquireSync();
  db.pragma('journal_mode = WAL');
  pool.release(db);
  return { db, client: new Sqlite3Client(pool, 'number') };
}

/** Prisma's adapter on a client that is there. Its transactions are IMMEDIATE: they wait for the lock at their start. */
class OneConnection extends PrismaLibSql {
  readonly #client: Sqlite3Client;

  constructor(client: Sqlite3Client) {
    super({ url: MEMORY });
    this.#client = client;
  }

  override createClient(): Sqlite3Client {
    const begin = this.#client.transaction.bind(this.#client);
    this.#client.transaction = () => begin('write');
    return this.#client;
  }
}
