import { readdir, readFile } from 'node:fs/promises';
import type { FastifyBaseLogger } from 'fastify';
import { isUnavailable } from './errors.ts';
import {
  applyAndRecord,
  checksumOf,
  type Migration,
  type MigrationRecord,
  readHistory,
  refuseTakenNames,
} from './migration-history.ts';
import type { DatabaseDriver } from './provider.ts';
import type { Provider } from './url.ts';

/**
 * Applies the migrations that the database lacks, in the order of their names, one process at a time. The history
 * is the table of `prisma migrate`, so both may be used on the same database. Each migration is one transaction: it
 * may hold no statement that needs to be outside of one, such as CREATE INDEX CONCURRENTLY.
 * Throws when the database is newer than the code, holds tables of the same names, or a migration failed.
 */
export async function migrate(
  driver: DatabaseDriver,
  log: FastifyBaseLogger,
  folder = migrationsFolder(driver.provider),
): Promise<void> {
  const migrations = await readMigrations(folder);
  await driver.exclusively(async (connection) => {
    const history = await readHistory(driver.provider, connection);
    refuseFailed(history);
    refuseNewer(history, migrations);
    if (history.length === 0) await refuseTakenNames(driver.provider, connection, migrations);
    const checksums = new Map(history.map(({ name, checksum }) => [name, checksum]));
    for (const migration of migrations) {
      const { name, script } = migration;
      if (!checksums.has(name)) {
        // An upgrade may take long; a new database does not.
        if (history.length > 0) log.info({ migration: name }, 'Migrating the database');
        await applyAndRecord(driver.provider, connection, migration).catch(explainFailure(name));
      } else if (checksums.get(name) !== checksumOf(script)) {
        // As `prisma migrate deploy` does. Statements that were applied cannot be taken back, and refusing to start
        // would make an outage of a changed comment or line ending.
        log.warn({ migration: name }, 'A migration was edited after the database had applied it');
      }
    }
  });
}

/** The folder of a provider's migrations: `src/` and `dist/` are both beside `prisma/`. */
export function migrationsFolder(provider: Provider): URL {
  return new URL(`../../prisma/migrations/${provider}/`, import.meta.url);
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      script: await readFile(new URL(`${name}/migration.sql`, folder), 'utf8'),
    })),
  );
}

/** Prisma leaves such a record, and earlier versions of this server did. Nobody knows how much was applied. */
function refuseFailed(history: readonly MigrationRecord[]): void {
  const failed = history.filter(({ finished }) => !finished).map(({ name }) => name);
  if (failed.length === 0) return;
  throw new Error(
    `A migration of the database failed; restore its backup and start again: ${failed.join(', ')}`,
  );
}

function refuseNewer(history: readonly MigrationRecord[], migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ name }) => name));
  const newer = history.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (newer.length === 0) return;
  throw new Error(
    `The database is newer than this version of the server (it has ${newer.join(', ')}): start the version that made it, or restore a backup`,
  );
}

function explainFailure(name: string): (error: unknown) => never {
  return (error) => {
    // The start tries again when the database is back: the migration was rolled back with its connection.
    if (isUnavailable(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The migration ${name} failed and was rolled back (${reason}): remove the cause and start again, or restore the backup and start the version that made it`,
      { cause: error },
    );
  };
}
