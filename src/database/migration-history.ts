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

/** Tables and views, which share their names. */
const TABLE_NAMES: Record<Provider, string> = {
  sqlite: "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
  postgresql: `SELECT tablename AS name FROM pg_tables WHERE schemaname = ANY (current_schemas(false))
    UNION SELECT viewname FROM pg_views WHERE schemaname = ANY (current_schemas(false))`,
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

/** The migrations that were started and not rolled back: none where the database has no history. */
export async function readHistory(
  provider: Provider,
  connection: MigrationConnection,
): Promise<MigrationRecord[]> {
  const tables = await readTableNames(provider, connection);
  if (!tables.includes('_prisma_migrations')) return [];
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

/**
 * Throws when tables that these migrations create are there already. Tables of other names may belong to anybody.
 * SQLite does not distinguish upper and lower case in names.
 */
export async function refuseTakenNames(
  provider: Provider,
  connection: MigrationConnection,
  migrations: readonly Migration[],
): Promise<void> {
  const key = (name: string) => (provider === 'sqlite' ? name.toLowerCase() : name);
  const created = migrations.flatMap(({ script }) => [...script.matchAll(/^CREATE TABLE "(\w+)"/gm)]);
  const wanted = new Set(created.map(([, name = '']) => key(name)));
  const taken = (await readTableNames(provider, connection)).filter((name) => wanted.has(key(name)));
  if (taken.length === 0) return;
  throw new Error(
    `The database has tables with the names of this server's tables (${taken.join(', ')}), and no history of this server: rename them, or let DATABASE_URL name another database`,
  );
}

async function readTableNames(provider: Provider, connection: MigrationConnection): Promise<string[]> {
  return tableNames.parse(await connection.query(TABLE_NAMES[provider])).map(({ name }) => name);
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
