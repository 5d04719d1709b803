import { expect, onTestFinished, test } from 'vitest';
import { EVERY_TABLE, readSchema, withSchemaEngine } from '../../prisma/schema-engine.ts';
import { readConfig } from '../../src/config.ts';
import { openDriver } from '../../src/database/client.ts';
import { clientsOf } from '../support/api-clients.ts';
import { contents, databaseUrl, migrateDatabase, sql } from '../support/migrations.ts';
import { startTestServer } from '../support/server.ts';

test('SQLite is durable: write-ahead log, synced at every commit', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  const pragma = (name: string) => server.app.db.$queryRawUnsafe(`PRAGMA ${name}`);
  expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
  expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
});

test.each(['sqlite://', 'sqlite:///:memory:'])(
  '%s is a database in memory, new for each server',
  async (url) => {
    const [first, second] = await Promise.all([1, 2].map(() => startTestServer({ DATABASE_URL: url })));
    if (!first || !second) throw new Error('No servers');
    onTestFinished(first.close);
    onTestFinished(second.close);
    const { REST } = clientsOf(first);
    const { value } = await REST.createSession({ code: 'in memory' });
    const id = value?.id ?? '';
    const joined = await Promise.all(Array.from({ length: 12 }, () => REST.join(id)));
    expect(joined.filter((answer) => answer.value)).toHaveLength(10);
    expect(await REST.getSession(id)).toMatchObject({ code: 'in memory' });
    expect((await REST.deleteSession(id)).failure).toBeUndefined();
    expect(await first.app.db.user.count()).toBe(0);
    expect(await clientsOf(second).REST.getSession(id)).toBeNull();
  },
);

test('the migrations build what the models say', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url);
  const driver = openDriver(readConfig({ DATABASE_URL: url }));
  const files = [await readSchema('sqlite')];
  const { stdout } = await withSchemaEngine(driver, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: EVERY_TABLE,
    }),
  );
  expect(stdout?.trim()).toBe('-- This is an empty migration.');
});

const TABLES = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, old TEXT);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parentId INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
  INSERT INTO parent VALUES (1, ''), (2, '');
  INSERT INTO child VALUES (10, 1), (20, 2);`;

/** As Prisma writes it for a table that loses a column. */
const redefineParent = (rows: string) => `
  -- RedefineTables
  PRAGMA defer_foreign_keys=ON;
  PRAGMA foreign_keys=OFF;
  CREATE TABLE "new_parent" ("id" INTEGER NOT NULL PRIMARY KEY);
  INSERT INTO "new_parent" ("id") ${rows};
  DROP TABLE "parent";
  ALTER TABLE "new_parent" RENAME TO "parent";
  PRAGMA foreign_keys=ON;
  PRAGMA defer_foreign_keys=OFF;`;

test('a migration that redefines a table keeps its children', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url, { '1': TABLES });
  await migrateDatabase(url, { '1': TABLES, '2': redefineParent('SELECT "id" FROM "parent"') });
  expect(await sql(url, 'SELECT * FROM parent')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await sql(url, 'SELECT id FROM child')).toEqual([{ id: 10 }, { id: 20 }]);
  await sql(url, 'DELETE FROM parent WHERE id = 1');
  expect(await sql(url, 'SELECT id FROM child')).toEqual([{ id: 20 }]);
});

test('a migration that redefines a table without the parents of rows fails whole', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url, { '1': TABLES });
  const script = redefineParent('SELECT "id" FROM "parent" WHERE "id" = 1');
  await expect(migrateDatabase(url, { '1': TABLES, '2': script })).rejects.toThrow(
    /1 foreign key.*not exist/,
  );
  expect(await contents(url)).toEqual({ tables: ['child', 'parent'], applied: ['1'] });
  expect(await sql(url, 'SELECT * FROM parent')).toHaveLength(2);
});

test('a migration that redefines no table deletes children with their parents', async () => {
  const url = await databaseUrl();
  await migrateDatabase(url, { '1': TABLES });
  await migrateDatabase(url, { '1': TABLES, '2': 'DELETE FROM parent WHERE id = 1;' });
  expect(await sql(url, 'SELECT id FROM child')).toEqual([{ id: 20 }]);
});
