import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openDriver } from '../../src/database/client.ts';
import { EVERY_TABLE, migrate } from '../../src/database/migrate.ts';
import { readSchema, withSchemaEngine } from '../../src/database/schema-engine.ts';
import { newDatabase } from '../support/database.ts';
import { startTestServer } from '../support/server.ts';

test('SQLite is durable: write-ahead log, synced at every commit', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  const pragma = (name: string) => server.app.db.$queryRawUnsafe(`PRAGMA ${name}`);
  expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
  expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
});

test('the migrations build what the models say', async () => {
  const { url, remove } = await newDatabase();
  onTestFinished(remove);
  const driver = await openDriver(readConfig({ DATABASE_URL: url }));
  await migrate(driver);
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
