import {
  type ConnectionPool,
  type InArgs,
  type InStatement,
  type ResultSet,
  Sqlite3Client,
  Sqlite3Transaction,
} from '@libsql/client/sqlite3';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { MEMORY } from './url.ts';

const READS = /^\s*(SELECT|PRAGMA)\b/i;

/** Returns Prisma's adapter on a pool of one connection. */
export function adapterOf(pool: ConnectionPool): Promise<SqlDriverAdapter> {
  return new PooledLibSql(pool).connect();
}

/**
 * Prisma's adapter with @libsql/client 0.18. The adapter's own version (0.17) never closes the connection of a
 * transaction: 5,000 transactions held 10,000 descriptors and 950 MB.
 */
class PooledLibSql extends PrismaLibSql {
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool) {
    super({ url: MEMORY });
    this.#pool = pool;
  }

  override createClient(): Sqlite3Client {
    return new ImmediateClient(this.#pool);
  }
}

/**
 * Writes only in transactions that `exec` began as IMMEDIATE. A prepared statement that finds the file in use stays
 * active until it is garbage, and until then its connection commits nothing, and does not say so.
 */
class ImmediateClient extends Sqlite3Client {
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool) {
    super(pool, 'number');
    this.#pool = pool;
  }

  override async execute(statement: InStatement, args?: InArgs): Promise<ResultSet> {
    if (READS.test(typeof statement === 'string' ? statement : statement.sql)) {
      return super.execute(statement, args);
    }
    const transaction = await this.transaction();
    try {
      const result = await transaction.execute(statement);
      await transaction.commit();
      return result;
    } finally {
      transaction.close();
    }
  }

  override async transaction(): Promise<Sqlite3Transaction> {
    const db = await this.#pool.acquire(true);
    try {
      db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      this.#pool.release(db);
      throw error;
    }
    return new Sqlite3Transaction(db, 'number', (used) => this.#pool.release(used));
  }
}
