import { readdir, readFile } from 'node:fs/promises';
import type { MigrationList, SchemaFilter } from '@prisma/schema-engine-wasm';
import type { DatabaseDriver } from './provider.ts';
import { PACKAGE_ROOT, withSchemaEngine } from './schema-engine.ts';
import type { Provider } from './url.ts';

export const EVERY_TABLE: SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations that the database lacks, one process at a time, recorded in `_prisma_migrations` as `prisma migrate`
 * does. Throws when the database is newer than the code or a migration failed.
 */
export function migrate(driver: DatabaseDriver): Promise<void> {
  return driver.exclusively(() => applyMissing(driver));
}

async function applyMissing(driver: DatabaseDriver): Promise<void> {
  const migrationsList = await readMigrations(driver.provider);
  await withSchemaEngine(driver, async (engine) => {
    try {
      await engine.applyMigrations({ migrationsList, filters: EVERY_TABLE });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`A migration of the database failed; restore its backup and start again: ${reason}`);
    }
    const { history } = await engine.diagnoseMigrationHistory({
      migrationsList,
      optInToShadowDatabase: false,
      filters: EVERY_TABLE,
    });
    if (history && 'unpersistedMigrationNames' in history) {
      const newer = history.unpersistedMigrationNames.join(', ');
      throw new Error(
        `The database is newer than this version of the server (it has ${newer}): start the version that made it, or restore a backup`,
      );
    }
  });
}

/** Where the migrations of a provider stand. */
export function migrationsFolder(provider: Provider): URL {
  return new URL(`prisma/migrations/${provider}/`, PACKAGE_ROOT);
}

async function readMigrations(provider: Provider): Promise<MigrationList> {
  const folder = migrationsFolder(provider);
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return {
    baseDir: folder.pathname,
    lockfile: { path: 'migration_lock.toml', content: `provider = "${provider}"\n` },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(new URL(`${path}/migration.sql`, folder), 'utf8'),
          },
        },
      })),
    ),
  };
}
