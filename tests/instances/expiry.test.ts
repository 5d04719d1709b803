import { expect, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import { readConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { createSession, updateSession } from '../../src/sessions/service.ts';
import { newDatabase } from '../support/database.ts';

const settings = { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error', SANDBOX_WAITING: '0' };

test('several instances complete sessions once, and one that starts later completes what is overdue', async () => {
  const { url: DATABASE_URL } = await newDatabase();
  const config = readConfig({ ...settings, DATABASE_URL });
  const start = () => startServer(config);
  const [first, second] = [await start(), await start()];
  const context = { app: first.app, caller: SYSTEM };
  const create = async (expiresAt: Date) => {
    const { id } = await createSession(context, {});
    await updateSession(context, id, { expiresAt });
    return id;
  };
  const due = new Date(Date.now() + 4_000);
  const ids = await Promise.all(Array.from({ length: 30 }, () => create(due)));
  const { db } = second.app;
  const active = () => db.session.count({ where: { status: 'ACTIVE' } });
  await expect.poll(active).toBe(0);
  const later = await create(new Date(Date.now() + 1_500));
  await Promise.all([first.close(), second.close()]);

  const third = await start();
  const { db: database } = third.app;
  const where = { id: later, status: 'COMPLETED' as const };
  await expect.poll(() => database.session.count({ where })).toBe(1);
  const counts = await database.sessionEvent.groupBy({ by: ['sessionId'], _count: true });
  expect(counts.map(({ _count }) => _count)).toEqual([...ids, later].map(() => 3));
  await third.close();
});
