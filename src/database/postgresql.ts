import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { CannotOpenError } from './errors.ts';
import { connectFirst, FirstServerPool } from './postgresql-connect.ts';
import { explainMissingRight } from './postgresql-rights.ts';
import { postgresqlSessions } from './postgresql-sessions.ts';
import type { PostgresqlServers } from './postgresql-url.ts';
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

/** The driver of a PostgreSQL server. A commit that returned is as durable as the server is set to be. */
export function postgresqlDriver(
  { urls, attributes }: PostgresqlServers,
  options: PostgresqlOptions,
): DatabaseDriver {
  const servers = urls.map((connectionString) => ({
    connectionString,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
  }));
  const limits = {
    max: options.poolSize,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs * 2,
  };
  const [only] = servers;
  const isAlone = servers.length === 1 && attributes === 'any';
  const pool = isAlone
    ? new pg.Pool({ ...only, ...limits })
    : new FirstServerPool(limits, servers, attributes);
  return {
    provider: 'postgresql',
    adapter: new PrismaPg(pool, { disposeExternalPool: true }),
    sessions: postgresqlSessions(pool),
    exclusively: async (work) => {
      const { client } = await connectFirst(servers, attributes).catch((error) => {
        throw new CannotOpenError(describe(servers), 'start or create it, or correct DATABASE_URL', error);
      });
      try {
        await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
        await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
        await work(migrationConnection(client));
      } finally {
        await client.end();
      }
    },
    close: async () => {},
  };
}

/** Without the user and the password of the URL. */
function describe(servers: readonly pg.ClientConfig[]): string {
  const clients = servers.map((server) => new pg.Client(server));
  const addresses = new Set(clients.map(({ host, port }) => `${host}:${port}`));
  return `The PostgreSQL database ${clients[0]?.database} on ${[...addresses].join(', ')}`;
}

function migrationConnection(client: pg.Client): MigrationConnection {
  return {
    query: async (sql, values = []) => (await client.query(sql, [...values])).rows,
    transaction: async (script, { sql, values }) => {
      try {
        await client.query('BEGIN');
        await client.query(await withoutPresentSchema(client, script));
        await client.query(sql, values);
        await client.query('COMMIT');
      } catch (error) {
        // Fails where the connection is lost, which rolls back as well.
        await client.query('ROLLBACK').catch(() => {});
        throw await explainMissingRight(client, error);
      }
    },
  };
}

/** PostgreSQL wants the right to create schemas even for IF NOT EXISTS of one that exists. */
async function withoutPresentSchema(client: pg.Client, script: string): Promise<string> {
  const { rows } = await client.query("SELECT WHERE to_regnamespace('public') IS NOT NULL");
  return rows.length === 0 ? script : script.replace('CREATE SCHEMA IF NOT EXISTS "public";', '');
}
