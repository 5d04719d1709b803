import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { CannotOpenError } from './errors.ts';
import type { DatabaseDriver } from './provider.ts';

export interface PostgresqlOptions {
  /** Connections that this process holds at most. */
  poolSize: number;
  /** Milliseconds after which the server gives up a statement. */
  statementTimeoutMs: number;
  /** Milliseconds to wait for a connection. */
  connectTimeoutMs: number;
}

/** Any number: what matters is that every instance takes the same. */
const MIGRATION_LOCK = 7_220_319;
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
      });
      await client.connect().catch((error) => {
        // Without the user and the password of the URL.
        const which = `The PostgreSQL database ${client.database} on ${client.host}:${client.port}`;
        throw new CannotOpenError(which, 'start or create it, or correct DATABASE_URL', error);
      });
      try {
        await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
        await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
        return await work();
      } finally {
        await client.end();
      }
    },
  };
}
