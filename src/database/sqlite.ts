import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Client, type Config, createClient, LibsqlError } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { DatabaseDriver } from './provider.ts';

/** While the driver waits for another process, nothing else runs in this one. */
const BUSY_TIMEOUT_MS = 250;
const LOCK_POLL_MS = 20;
const LOCK_TIMEOUT_MS = 60_000;

/**
 * The driver of the SQLite file at `path`, whose folder is created.
 * Write-ahead log and `synchronous=FULL` (SQLite's default): a commit that returned survives a power cut.
 */
export async function sqliteDriver(path: string): Promise<DatabaseDriver> {
  mkdirSync(dirname(path), { recursive: true });
  const url = pathToFileURL(path).href;
  return {
    provider: 'sqlite',
    adapter: new ImmediateLibSql({ url, timeout: BUSY_TIMEOUT_MS }),
    exclusively: async (work) => {
      const release = await acquireLock(`${url}-lock`);
      try {
        const setup = createClient({ url });
        await setup.execute('PRAGMA journal_mode=WAL');
        setup.close();
        return await work();
      } finally {
        await release();
      }
    },
  };
}

/** A write transaction of a database of its own is the lock: the system ends it whatever becomes of the process. */
async function acquireLock(url: string): Promise<() => Promise<void>> {
  const lock = createClient({ url });
  for (let waited = 0; ; waited += LOCK_POLL_MS) {
    try {
      const held = await lock.transaction('write');
      return async () => {
        await held.rollback();
        lock.close();
      };
    } catch (error) {
      const busy = error instanceof LibsqlError && error.code === 'SQLITE_BUSY';
      if (!busy || waited >= LOCK_TIMEOUT_MS) throw error;
      await setTimeout(LOCK_POLL_MS);
    }
  }
}

/**
 * The adapter on our @libsql/client: the one that it brings (0.17) abandons its connection to each
 * transaction and never closes it; 5,000 transactions held 10,000 descriptors and 950 MB. Transactions are
 * IMMEDIATE, because a deferred one that writes after it has read fails at once when another process has
 * written in between.
 */
class ImmediateLibSql extends PrismaLibSql {
  override createClient(config: Config): Client {
    const client = createClient(config);
    const begin = client.transaction.bind(client);
    client.transaction = () => begin('write');
    return client;
  }
}
