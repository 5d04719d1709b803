import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { CannotOpenError } from './errors.ts';
import type { DatabaseDriver, MigrationConnection } from './provider.ts';

export interface PostgresqlOptions {
  /** Connections that this process holds at most. */
  poolSize: number;
  /** Milliseconds after which the server gives up a statement. */
  statementTimeoutMs: number;
  /** Milliseconds to wait for a connection. */
  connectTimeoutMs: number;
}

/** Prisma's own number: `prisma migrate` waits for a server that migrates, and a server waits for it. */
const MIGRATION_LOCK = 72_707_369;
/** For the lock of the migrations and for each table that a migration changes. */
const LOCK_TIMEOUT_MS = 60_000;

/** The driver of the PostgreSQL server at `url`. A commit that returned is as durable as the server is set to be. */
export function postgresqlDriver(url: string, options: PostgresqlOptions): DatabaseDriver {
  return {
    provider: 'postgresql',
    adapter: new PrismaPg({
      connectionString: url,
      max: options.poolSize,
      connectionTimeoutMillis: options.connectTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs * 2,
      keepAlive: true,
    }),
    exclusively: async (work) => {
      const client = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: options.connectTimeoutMs,
        keepAlive: true,
      });
      // A lost connection fails the query, and would also end the process if nobody listened.
      client.on('error', () => {});
      await client.connect().catch((error) => {
        // Without the user and the password of the URL.
        const which = `The PostgreSQL database ${client.database} on ${client.host}:${client.port}`;
        throw new CannotOpenError(which, 'start or create it, or correct DATABASE_URL', error);
      });
      try {
        await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
        await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
        await work(migrationConnection(client));
      } finally {
        await client.end();
      }
    },
  };
}

function migrationConnection(client: pg.Client): MigrationConnection {
  return {
    query: async (sql, values = []) => (await client.query(sql, [...values])).rows,
    transaction: async (script, { sql, values }) => {
      try {
        await client.query('BEGIN');
        await client.query(script);
        await client.query(sql, values);
        await client.query('COMMIT');
      } catch (error) {
        // Fails where the connection is lost, which rolls back as well.
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    },
  };
}
