import { vi } from 'vitest';
import { startTestServer, type TestServer } from './server.ts';

export interface CountingServer extends TestServer {
  /** Returns how many SQL statements run until the operation resolves, BEGIN and COMMIT aside. */
  countSql(operation: () => Promise<unknown>): Promise<number>;
}

/**
 * Starts a server that counts its SQL statements. What it does from time to time (leases, sweeping, catching up)
 * never happens, so that what is counted is of the operation alone.
 */
export async function startCountingServer(options?: { programs: boolean }): Promise<CountingServer> {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const server = await startTestServer({ LOG_LEVEL: 'trace' }, options).finally(() => vi.useRealTimers());
  server.app.log.level = 'error';
  const statements: string[] = [];
  server.app.db.$on('query', ({ query }) => statements.push(query));
  return {
    ...server,
    countSql: async (operation) => {
      statements.length = 0;
      await operation();
      return statements.filter((sql) => !/BEGIN|COMMIT|ROLLBACK/.test(sql)).length;
    },
  };
}
