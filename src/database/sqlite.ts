import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, type Config, createClient, type InStatement } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { CannotOpenError } from './errors.ts';
import type { DatabaseDriver } from './provider.ts';
import { BUSY_TIMEOUT_MS, whenFree } from './sqlite-busy.ts';
import { localSessions } from './sqlite-local.ts';
import { migrationConnection } from './sqlite-migration.ts';

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
    sessions: localSessions(path),
    exclusively: async (work) => {
      const { client, release } = await openLocked(path, url);
      try {
        await work(migrationConnection(client));
      } finally {
        client.close();
        await release();
      }
    },
  };
}

/** Creates the file if it is missing, and checks that it can be written. `release` lets other processes in again. */
async function openLocked(
  path: string,
  url: string,
): Promise<{ client: Client; release: () => Promise<void> }> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const release = await acquireLock(`${url}-lock`);
    try {
      // One connection, because pragmas are of a connection.
      const client = createClient({ url, concurrency: 1 });
      await client.execute('PRAGMA journal_mode=WAL');
      return { client, release };
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

/** The lock is a write transaction on a database file of its own. The system ends it when the process dies. */
async function acquireLock(url: string): Promise<() => Promise<void>> {
  const lock = createClient({ url });
  const held = await whenFree(() => lock.transaction('write'), LOCK_TIMEOUT_MS);
  return async () => {
    await held.rollback();
    lock.close();
  };
}

/**
 * Prisma's adapter with @libsql/client 0.18. The adapter's own version (0.17) never closes the connection of a
 * transaction: 5,000 transactions held 10,000 descriptors and 950 MB. Transactions are IMMEDIATE, because a
 * deferred one that reads and then writes fails when another process has written in between.
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
