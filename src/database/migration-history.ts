import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { MigrationConnection } from './provider.ts';
import type { Provider } from './url.ts';

export interface Migration {
  readonly name: string;
  /** SQL of any number of statements. */
  readonly script: string;
}

export interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

const TABLE_NAMES: Record<Provider, string> = {
  sqlite: String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`,
  postgresql: 'SELECT tablename AS name FROM pg_tables WHERE schemaname = ANY (current_schemas(false))',
};

/** Word for word as Prisma's schema engine creates it, but for IF NOT EXISTS. */
const CREATE_HISTORY: Record<Provider, string> = {
  sqlite: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`,
  postgresql: `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`,
};

const NOW: Record<Provider, string> = {
  sqlite: "strftime('%Y-%m-%dT%H:%M:%f+00:00')",
  postgresql: 'clock_timestamp()',
};

const tableNames = z.array(z.object({ name: z.string() }));
const records = z.array(
  z.object({ migration_name: z.string(), checksum: z.string(), finished_at: z.unknown() }),
);

/** The migrations that were started and not rolled back. Throws when the database belongs to something else. */
export async function readHistory(
  provider: Provider,
  connection: MigrationConnection,
): Promise<MigrationRecord[]> {
  const tables = tableNames.parse(await connection.query(TABLE_NAMES[provider]));
  if (tables.length === 0) return [];
  if (!tables.some(({ name }) => name === '_prisma_migrations')) {
    throw new Error(
      `The database has tables that are not of this server (${tables.map(({ name }) => name).join(', ')}): DATABASE_URL must name an empty database or one of CodeInterview`,
    );
  }
  const rows = records.parse(
    await connection.query(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    ),
  );
  return rows.map(({ migration_name, checksum, finished_at }) => ({
    name: migration_name,
    checksum,
    finished: finished_at !== null,
  }));
}

/** Applies a migration and records it in one transaction. The first one creates the history. */
export async function applyAndRecord(
  provider: Provider,
  connection: MigrationConnection,
  { name, script }: Migration,
): Promise<void> {
  const startedAt = new Date().toISOString().replace('Z', '+00:00');
  // On lines of its own, for a script that ends with a comment.
  await connection.transaction(`${script}\n;\n${CREATE_HISTORY[provider]}`, {
    sql: `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
          VALUES ($1, $2, $3, $4, ${NOW[provider]}, 1)`,
    values: [randomUUID(), checksumOf(script), name, startedAt],
  });
}

export function checksumOf(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}
