import { readdir } from 'node:fs/promises';
import { createClient } from '@libsql/client';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { pendingMigration } from '../../prisma/new-migration.ts';
import { newDatabase } from '../support/database.ts';
import { startTestServer } from '../support/server.ts';

async function databaseUrl(): Promise<string> {
  const { url, remove } = await newDatabase();
  onTestFinished(remove);
  return url;
}

async function startAndStop(DATABASE_URL: string): Promise<void> {
  const server = await startTestServer({ DATABASE_URL });
  await server.close();
}

/** Runs SQL on the database, beside the server. */
async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  if (url.startsWith('file:')) {
    const db = createClient({ url });
    const { rows } = await db.execute(statement);
    db.close();
    return rows.map((row) => ({ ...row }));
  }
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const { rows } = await db.query(statement);
  await db.end();
  return rows;
}

/** The names of the migrations; both providers have the same. */
async function migrations(): Promise<string[]> {
  const entries = await readdir('prisma/migrations/sqlite', { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

test('no change of the models lacks its migration', async () => {
  expect(await pendingMigration(await databaseUrl())).toBeNull();
});

test('a migration is applied once and recorded as prisma migrate does', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  await startAndStop(url);
  const rows = await sql(url, 'SELECT migration_name, finished_at FROM _prisma_migrations ORDER BY 1');
  expect(rows).toEqual(
    (await migrations()).map((migration_name) => ({ migration_name, finished_at: expect.anything() })),
  );
});

test('five servers that start at once on an empty database all come up, each migration applied once', async () => {
  const url = await databaseUrl();
  await Promise.all(Array.from({ length: 5 }, () => startAndStop(url)));
  const rows = await sql(url, 'SELECT migration_name FROM _prisma_migrations ORDER BY 1');
  expect(rows.map(({ migration_name }) => migration_name)).toEqual(await migrations());
});

test('a database of a newer version is refused with what to do', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  await sql(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     VALUES ('x', 'x', CURRENT_TIMESTAMP, '99990101000000_future', 1)`,
  );
  await expect(startAndStop(url)).rejects.toThrow(/newer than this version.*99990101000000_future.*backup/);
});

test('a migration that failed halfway stops the start with what to do', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  await sql(url, 'UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(startAndStop(url)).rejects.toThrow(/migration .*failed.*backup.*_initial/s);
});
