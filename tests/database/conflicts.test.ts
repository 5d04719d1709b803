import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { startTestServer } from '../support/server.ts';

test('transactions that PostgreSQL ends in favour of others are run again and never shown', async () => {
  const { url, remove } = await newDatabase();
  onTestFinished(remove);
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  // Two instances that write to one session then fail each other all the time.
  await db.query(
    `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_isolation TO 'serializable'`,
  );
  await db.end();
  const settings = { DATABASE_URL: url };
  const servers = await Promise.all([startTestServer(settings), startTestServer(settings)]);
  for (const server of servers) onTestFinished(server.close);
  const clients = servers.map((server) => clientsOf(server).REST);
  const id = (await clients[0]?.createSession())?.value?.id ?? '';

  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => clients[n % 2]?.updateSession(id, { code: String(n) })),
  );

  expect(answers.filter((answer) => answer?.value)).toHaveLength(40);
  expect(await servers[0]?.app.db.sessionEvent.count({ where: { sessionId: id } })).toBe(41);
});
