import { readdir } from 'node:fs/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { pendingMigration } from '../../prisma/new-migration.ts';
import { readConfig } from '../../src/config.ts';
import { openDriver } from '../../src/database/client.ts';
import { isUnavailable } from '../../src/database/errors.ts';
import { contents, databaseRole, databaseUrl, migrateDatabase, sql } from '../support/migrations.ts';
import { startTestServer } from '../support/server.ts';

async function startAndStop(DATABASE_URL: string): Promise<void> {
  const server = await startTestServer({ DATABASE_URL });
  await server.close();
}

/** The names of the server's migrations; both providers have the same. */
async function migrations(): Promise<string[]> {
  const entries = await readdir('prisma/migrations/sqlite', { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

const onPostgresql = inject('postgresqlUrl') !== undefined;

const FIRST = 'CREATE TABLE first (id INTEGER PRIMARY KEY);\nINSERT INTO first VALUES (1) -- no semicolon';
const BROKEN =
  'CREATE TABLE second (id INTEGER);\nINSERT INTO second VALUES (1);\nINSERT INTO first VALUES (1);';
const SECOND = 'CREATE TABLE second (id INTEGER);';

test('no change of the models lacks its migration', async () => {
  expect(await pendingMigration(await databaseUrl())).toBeNull();
});

test('a second start on the same database applies nothing', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  const history = await sql(url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name');
  expect(history.map(({ migration_name }) => migration_name)).toEqual(await migrations());
  await startAndStop(url);
  expect(await sql(url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name')).toEqual(history);
});

test('five servers that start at once on an empty database all come up, each migration applied once', async () => {
  const url = await databaseUrl();
  await Promise.all(Array.from({ length: 5 }, () => startAndStop(url)));
  expect((await contents(url)).applied).toEqual(await migrations());
});

test('migrations are applied in the order of their names, those that are missing in between too', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url, { '1': FIRST, '3': 'CREATE TABLE third (id INTEGER);' });
  await migrateDatabase(url, {
    '4': 'INSERT INTO second VALUES (1);',
    '3': 'CREATE TABLE third (id INTEGER);',
    '2': SECOND,
    '1': FIRST,
  });
  expect(await contents(url)).toEqual({
    tables: ['first', 'second', 'third'],
    applied: ['1', '2', '3', '4'],
  });
});

test('a migration that fails leaves nothing, and what to do is said', async () => {
  const url = await databaseUrl();
  await expect(migrateDatabase(url, { '1': FIRST, '2': BROKEN, '3': SECOND })).rejects.toThrow(
    /^The migration 2 failed and was rolled back \(.*(UNIQUE|unique).*\): .* start again, or restore the backup/,
  );
  expect(await contents(url)).toEqual({ tables: ['first'], applied: ['1'] });
  await migrateDatabase(url, { '1': FIRST, '2': SECOND });
  expect(await contents(url)).toEqual({ tables: ['first', 'second'], applied: ['1', '2'] });
});

test('a migration whose record fails leaves nothing', async () => {
  const url = await databaseUrl();
  const unrecordable = `${SECOND} ALTER TABLE _prisma_migrations RENAME COLUMN checksum TO digest;`;
  await expect(migrateDatabase(url, { '1': FIRST, '2': unrecordable })).rejects.toThrow('rolled back');
  expect(await contents(url)).toEqual({ tables: ['first'], applied: ['1'] });
  await migrateDatabase(url, { '1': FIRST, '2': SECOND });
});

test('a first migration that fails leaves the database empty', async () => {
  const url = await databaseUrl();
  await expect(migrateDatabase(url, { '1': SECOND + BROKEN })).rejects.toThrow('rolled back');
  expect(await contents(url)).toEqual({ tables: [], applied: [] });
  await migrateDatabase(url, { '1': FIRST });
});

test('a migration that was edited after it was applied is warned of, and not applied again', async () => {
  const url = await databaseUrl();
  expect(await migrateDatabase(url, { '1': FIRST })).toBe('');
  expect(await migrateDatabase(url, { '1': FIRST })).toBe('');
  const logged = await migrateDatabase(url, { '1': `${FIRST}, edited`, '2': SECOND });
  expect(JSON.parse(logged)).toMatchObject({ migration: '1', msg: expect.stringContaining('edited') });
  expect(await contents(url)).toEqual({ tables: ['first', 'second'], applied: ['1', '2'] });
});

test('a database of a newer version is refused with what to do, before anything is applied', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url, { '1': FIRST, '99990101000000_future': SECOND });
  const refusal = /newer than this version.*99990101000000_future.*backup/;
  await expect(startAndStop(url)).rejects.toThrow(refusal);
  expect((await contents(url)).applied).toEqual(['1', '99990101000000_future']);
});

test('tables of something else are left alone', async () => {
  const url = await databaseUrl();
  await sql(url, 'CREATE TABLE accounts AS SELECT 1 AS id');
  await startAndStop(url);
  expect(await sql(url, 'SELECT * FROM accounts')).toEqual([{ id: 1 }]);
  expect((await contents(url)).tables).toContain('Session');
  await startAndStop(url);
});

test.each(['CREATE TABLE "Session" (id INTEGER)', 'CREATE VIEW "Session" AS SELECT 1 AS id'])(
  'a name of ours that is taken is told with what to do, and nothing is made: %s',
  async (statement) => {
    const url = await databaseUrl();
    await sql(url, statement);
    const before = await contents(url);
    await expect(startAndStop(url)).rejects.toThrow(/names of this server's tables \(Session\).*rename/);
    expect(await contents(url)).toEqual(before);
  },
);

test('names that differ in upper and lower case alone are the same in SQLite', async () => {
  const url = await databaseUrl();
  await sql(url, 'CREATE TABLE "session" (id INTEGER)');
  const started = startAndStop(url);
  if (onPostgresql) await started;
  else await expect(started).rejects.toThrow(/tables \(session\)/);
});

test('a migration that prisma migrate recorded as failed stops the start with what to do', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  await sql(url, 'UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(startAndStop(url)).rejects.toThrow(/migration .*failed.*backup.*_initial/s);
});

test('a migration that prisma migrate recorded as rolled back is applied', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url, { '1': FIRST });
  await sql(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at)
     VALUES ('x', 'x', '2', CURRENT_TIMESTAMP)`,
  );
  await migrateDatabase(url, { '1': FIRST, '2': SECOND });
  expect(await contents(url)).toEqual({ tables: ['first', 'second'], applied: ['1', '2'] });
});

test.runIf(onPostgresql)('PostgreSQL: a script may hold the body of a function', async () => {
  const url = await databaseUrl();
  const script = `CREATE FUNCTION two() RETURNS integer AS $$ BEGIN PERFORM 1; RETURN 2; END; $$ LANGUAGE plpgsql;
    CREATE TABLE first AS SELECT two() AS id;`;
  await migrateDatabase(url, { '1': script });
  expect(await sql(url, 'SELECT id FROM first')).toEqual([{ id: 2 }]);
});

test.runIf(onPostgresql)(
  'PostgreSQL: a role is told the right that it lacks, and has only to be given that',
  async () => {
    const url = await databaseUrl();
    const { role, url: own } = await databaseRole(url);
    await expect(startAndStop(own)).rejects.toThrow(`GRANT CREATE ON SCHEMA public TO ${role}`);
    await sql(url, 'REVOKE ALL ON SCHEMA public FROM PUBLIC');
    const refusal = await startAndStop(own).catch((error: Error) => error.message);
    const [grant = ''] = /GRANT [\w, ]+/.exec(refusal ?? '') ?? [];
    expect(grant).toBe(`GRANT USAGE, CREATE ON SCHEMA public TO ${role}`);
    expect((await contents(url)).tables).toEqual([]);
    await sql(url, grant);
    await startAndStop(own);
    expect((await contents(url)).applied).toEqual(await migrations());
  },
);

test.runIf(onPostgresql)('PostgreSQL: a schema that is missing is no obstacle', async () => {
  const url = await databaseUrl();
  await sql(url, 'DROP SCHEMA public');
  await startAndStop(url);
  expect((await contents(url)).applied).toEqual(await migrations());
});

test.runIf(onPostgresql)(
  'PostgreSQL: a lost connection is an outage, after which a start may try again',
  async () => {
    const url = await databaseUrl();
    const script = `${SECOND} SELECT pg_terminate_backend(pg_backend_pid());`;
    const error = await migrateDatabase(url, { '1': script }).catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    expect((await contents(url)).tables).toEqual([]);
    await migrateDatabase(url, { '1': SECOND });
  },
);

test.runIf(onPostgresql)('PostgreSQL: the lock of prisma migrate is held meanwhile', async () => {
  const url = await databaseUrl();
  const driver = openDriver(readConfig({ DATABASE_URL: url }));
  onTestFinished(driver.close);
  await driver.exclusively(async () => {
    expect(await sql(url, 'SELECT pg_try_advisory_lock(72707369) AS free')).toEqual([{ free: false }]);
  });
});
