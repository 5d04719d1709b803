import { readdir, readFile } from 'node:fs/promises';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import { expect, test } from 'vitest';
import { EVERY_TABLE, withSchemaEngine } from '../../prisma/schema-engine.ts';
import { readConfig } from '../../src/config.ts';
import { openDriver } from '../../src/database/client.ts';
import { migrationsFolder } from '../../src/database/migrate.ts';
import type { Provider } from '../../src/database/url.ts';
import { databaseUrl, migrateDatabase, sql } from '../support/migrations.ts';

/** The migrations as the schema engine takes them. */
async function migrationList(provider: Provider): Promise<MigrationList> {
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

/** Does what `prisma migrate deploy` does, and then what `prisma migrate status` does. */
async function migrateWithPrisma(url: string) {
  const driver = openDriver(readConfig({ DATABASE_URL: url }));
  const migrationsList = await migrationList(driver.provider);
  return withSchemaEngine(driver, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: EVERY_TABLE });
    const status = await engine.diagnoseMigrationHistory({
      migrationsList,
      optInToShadowDatabase: false,
      filters: EVERY_TABLE,
    });
    return { appliedMigrationNames, status };
  });
}

/** Everything that the database is made of, as its catalog describes it. */
function catalog(url: string) {
  if (url.startsWith('file:'))
    return sql(url, 'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 2');
  return sql(
    url,
    `SELECT attrelid::regclass::text AS relation, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
            pg_get_expr(adbin, adrelid) AS "default", pg_get_indexdef(attrelid) AS index,
            (SELECT array_agg(pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint WHERE conrelid = attrelid)
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE relnamespace = 'public'::regnamespace AND attnum > 0 ORDER BY 1, 2`,
  );
}

const history = (url: string) => sql(url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name');

test('a database that prisma migrate made is taken as it is', async () => {
  const url = await databaseUrl();
  await migrateWithPrisma(url);
  const before = await history(url);
  expect(before.length).toBeGreaterThan(0);
  expect(await migrateDatabase(url)).toBe('');
  expect(await history(url)).toEqual(before);
});

test('prisma migrate finds nothing to do on a database that a start made', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url);
  const { appliedMigrationNames, status } = await migrateWithPrisma(url);
  expect(appliedMigrationNames).toEqual([]);
  expect(status).toEqual({
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  });
});

test('a start makes the same database and the same history as prisma migrate', async () => {
  const ours = await databaseUrl();
  const prismas = await databaseUrl();
  await migrateDatabase(ours);
  await migrateWithPrisma(prismas);
  const created = await catalog(ours);
  expect(created.length).toBeGreaterThan(10);
  expect(created).toEqual(await catalog(prismas));

  const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
  // SQLite keeps text, PostgreSQL a time.
  const time = ours.startsWith('file:')
    ? expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/)
    : expect.any(Date);
  const varying = { id: expect.stringMatching(uuid), started_at: time, finished_at: time };
  const expected = (await history(prismas)).map((row) => ({ ...row, ...varying }));
  expect(await history(ours)).toEqual(expected);
  expect(await history(prismas)).toEqual(expected);
});
