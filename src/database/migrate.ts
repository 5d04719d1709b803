import { readdir, readFile } from 'node:fs/promises';
import type { PrismaLibSql } from '@prisma/adapter-libsql';
import type { MigrationList, SchemaFilter } from '@prisma/schema-engine-wasm';
import { openSchemaEngine, PACKAGE_ROOT } from './schema-engine.ts';

export const MIGRATIONS = new URL('prisma/migrations/', PACKAGE_ROOT);
export const EVERY_TABLE: SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations that the database lacks, recorded in `_prisma_migrations` as `prisma migrate`
 * does. Throws when the database is newer than the code or a migration failed.
 */
export async function migrate(adapter: PrismaLibSql): Promise<void> {
  const engine = await openSchemaEngine(adapter);
  try {
    const migrationsList = await readMigrations();
    await engine.applyMigrations({ migrationsList, filters: EVERY_TABLE });
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
  } finally {
    engine.free();
  }
}

/** The migrations that stand in `prisma/migrations`, oldest first. */
export async function readMigrations(): Promise<MigrationList> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return {
    baseDir: 'prisma/migrations',
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(new URL('migration_lock.toml', MIGRATIONS), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(new URL(`${path}/migration.sql`, MIGRATIONS), 'utf8'),
          },
        },
      })),
    ),
  };
}
