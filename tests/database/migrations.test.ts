import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, onTestFinished, test } from 'vitest';
import { pendingMigration } from '../../prisma/new-migration.ts';
import { startTestServer } from '../support/server.ts';

async function databaseUrl(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-migrations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return `file:${folder}/deep/er/x.db`;
}

async function startAndStop(DATABASE_URL: string): Promise<void> {
  const server = await startTestServer({ SANDBOX_WAITING: '0', DATABASE_URL });
  await server.close();
}

test('the migrations build what the models say', async () => {
  expect(await pendingMigration()).toBeNull();
});

test('a migration is applied once and recorded as prisma migrate does', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  await startAndStop(url);
  const db = createClient({ url });
  onTestFinished(() => db.close());
  const { rows } = await db.execute('SELECT migration_name, finished_at FROM _prisma_migrations');
  expect(rows).toMatchObject([{ migration_name: expect.stringMatching(/^\d{14}_initial$/) }]);
  expect(rows[0]?.['finished_at']).not.toBeNull();
});

test('a database of a newer version is refused with what to do', async () => {
  const url = await databaseUrl();
  await startAndStop(url);
  const db = createClient({ url });
  await db.execute(
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     VALUES ('x', 'x', 1, '99990101000000_future', 1)`,
  );
  db.close();
  await expect(startAndStop(url)).rejects.toThrow(/newer than this version.*99990101000000_future.*backup/);
});

test('the database is durable: write-ahead log, synced at every commit', async () => {
  const server = await startTestServer({ SANDBOX_WAITING: '0' });
  onTestFinished(() => server.close());
  const pragma = (name: string) => server.app.db.$queryRawUnsafe(`PRAGMA ${name}`);
  expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
  expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
});
