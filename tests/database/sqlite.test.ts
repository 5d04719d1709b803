import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../support/server.ts';

test('SQLite is durable: write-ahead log, synced at every commit', async () => {
  const server = await startTestServer({ SANDBOX_WAITING: '0' });
  onTestFinished(() => server.close());
  const pragma = (name: string) => server.app.db.$queryRawUnsafe(`PRAGMA ${name}`);
  expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
  expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
});
