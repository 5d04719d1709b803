import { ConnectionPool } from '@libsql/client/sqlite3';
import type { IsolationLevel, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import type Database from 'libsql';
import type { UserKey } from '../access/caller.ts';
import type { Statement } from './provider.ts';
import type { Checkpoint, Range, SessionChange } from './session-store.ts';
import { adapterOf } from './sqlite-client.ts';
import { holdLock } from './sqlite-lock.ts';
import { applyMigration, selectRows } from './sqlite-migration.ts';
import { sqliteSessions } from './sqlite-sessions.ts';
import { MEMORY } from './url.ts';

/**
 * So long the write-ahead log grows, 32 MiB, before it is copied into the database: a commit waits for that. Changes of
 * the same sessions write the same pages again and again, and only the last of them is copied.
 */
const WAL_PAGES = 8_192;

export interface SqliteOptions {
  /** A file, or MEMORY. */
  readonly path: string;
  /** How long a statement waits for another process that writes. It blocks this thread alone. */
  readonly busyTimeoutMs: number;
}

export type SqliteFunctions = Awaited<ReturnType<typeof openSqlite>>;

/**
 * Opens a database on one connection and returns what other threads may call. The thread runs one
 * function at a time, and none outside of an open transaction of Prisma.
 * Write-ahead log and `synchronous=FULL` (SQLite's default): a commit that returned survives a power cut.
 */
export async function openSqlite({ path, busyTimeoutMs }: SqliteOptions) {
  const release = path === MEMORY ? () => {} : holdLock(path);
  const pool = new ConnectionPool(path, { timeout: busyTimeoutMs }, 1);
  const close = () => {
    pool.close();
    release();
  };
  let db: Database.Database;
  try {
    // The pool gives this connection to everybody. It is free whenever a function starts.
    db = pool.acquireSync();
    db.pragma('journal_mode = WAL');
    db.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
    pool.release(db);
  } catch (error) {
    close();
    throw error;
  }
  const adapter = await adapterOf(pool);
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
    commitChanges: (changes: readonly SessionChange[]) => sessions().commit(changes),
    loadSession: (id: string) => sessions().load(id),
    readSeqs: (ids: readonly string[]) => sessions().seqs(ids),
    readEvents: (sessionId: string, range: Range) => sessions().events(sessionId, range),
    readHistory: (sessionId: string, before: number) => sessions().history(sessionId, before),
    readCodeEvents: (sessionId: string, range: Range) => sessions().codeEvents(sessionId, range),
    readDocument: (sessionId: string) => sessions().document(sessionId),
    saveSeen: (users: readonly UserKey[], at: Date) => sessions().saveSeen(users, at),
    saveCheckpoint: (checkpoint: Checkpoint) => sessions().checkpoint(checkpoint),
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
