import { vi } from 'vitest';
import { z } from 'zod';
import { startTestServer, type TestServer } from './server.ts';

/** What a server logs of a statement, or of several that are one round trip. */
const logged = z.object({ query: z.string() });

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
  server.app.log.trace = (fields: unknown) => {
    const { data } = logged.safeParse(fields);
    if (data) statements.push(data.query);
  };
  return {
    ...server,
    countSql: async (operation) => {
      statements.length = 0;
      await operation();
      return statements.filter((sql) => !/BEGIN|COMMIT|ROLLBACK/.test(sql)).length;
    },
  };
}
