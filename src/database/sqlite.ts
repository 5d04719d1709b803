import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Client, type Config, createClient, type InStatement, LibsqlError } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { CannotOpenError } from './errors.ts';
import type { DatabaseDriver } from './provider.ts';

const BUSY_TIMEOUT_MS = 10_000;
const POLL_MS = 10;
const LOCK_TIMEOUT_MS = 60_000;

/**
 * The driver of the SQLite file at `path`, whose folder is created.
 * Write-ahead log and `synchronous=FULL` (SQLite's default): a commit that returned survives a power cut.
 */
export async function sqliteDriver(path: string): Promise<DatabaseDriver> {
  const url = pathToFileURL(path).href;
  return {
    provider: 'sqlite',
    adapter: new WaitingLibSql({ url }),
    exclusively: async (work) => {
      const release = await openLocked(path, url);
      try {
        return await work();
      } finally {
        await release();
      }
    },
  };
}

/** Creates what is missing and sees that it can be written. Answers how to let others in again. */
async function openLocked(path: string, url: string): Promise<() => Promise<void>> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const release = await acquireLock(`${url}-lock`);
    try {
      const setup = createClient({ url });
      await setup.execute('PRAGMA journal_mode=WAL');
      setup.close();
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    const advice =
      'DATABASE_URL must name an SQLite file that this user may write, in a folder that they may write too';
    throw new CannotOpenError(`The database file ${path}`, advice, error);
  }
}

/** A write transaction of a database of its own is the lock: the system ends it whatever becomes of the process. */
async function acquireLock(url: string): Promise<() => Promise<void>> {
  const lock = createClient({ url });
  const held = await whenFree(() => lock.transaction('write'), LOCK_TIMEOUT_MS);
  return async () => {
    await held.rollback();
    lock.close();
  };
}

/**
 * The adapter on our @libsql/client: the one that it brings (0.17) abandons its connection to each
 * transaction and never closes it; 5,000 transactions held 10,000 descriptors and 950 MB. Transactions are
 * IMMEDIATE, because a deferred one that writes after it has read fails at once when another process has
 * written in between.
 */
class WaitingLibSql extends PrismaLibSql {
  override createClient(config: Config): Client {
    const client = createClient(config);
    const execute = client.execute.bind(client);
    const begin = client.transaction.bind(client);
    client.execute = (statement: InStatement) => whenFree(() => execute(statement), BUSY_TIMEOUT_MS);
    client.transaction = () => whenFree(() => begin('write'), BUSY_TIMEOUT_MS);
    return client;
  }
}

/** Tries again while another process holds the database: the driver's own waiting would hold up this process. */
async function whenFree<Result>(attempt: () => Promise<Result>, timeoutMs: number): Promise<Result> {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      return await attempt();
    } catch (error) {
      const isBusy = error instanceof LibsqlError && error.code.startsWith('SQLITE_BUSY');
      if (!isBusy || waited >= timeoutMs) throw error;
      await setTimeout(POLL_MS);
    }
  }
}
