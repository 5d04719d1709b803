import type { SqlDriverAdapter, SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils';
import type { SqliteWorker } from './sqlite-worker.ts';

const INFO = { provider: 'sqlite', adapterName: '@prisma/adapter-libsql' } as const;

/** Lets Prisma use a database in another thread. `open` is called before anything else. */
export function sqliteAdapter(worker: SqliteWorker, open: () => Promise<void>): SqlDriverAdapterFactory {
  const adapter: SqlDriverAdapter = {
    ...INFO,
    queryRaw: (query) => worker.call('queryRaw', query),
    executeRaw: (query) => worker.call('executeRaw', query),
    executeScript: (script) => worker.call('executeScript', script),
    startTransaction: async (isolation): Promise<Transaction> => {
      const call = await worker.begin(isolation);
      return {
        ...INFO,
        // Prisma calls `commit` and `rollback` instead of sending these statements.
        options: { usePhantomQuery: true },
        queryRaw: (query) => call('queryRaw', query),
        executeRaw: (query) => call('executeRaw', query),
        commit: () => call('commitTransaction'),
        rollback: () => call('rollbackTransaction'),
      };
    },
    // The driver has the worker, and closes it.
    dispose: async () => {},
  };
  return {
    ...INFO,
    connect: async () => {
      await open();
      return adapter;
    },
  };
}
