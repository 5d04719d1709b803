import { setTimeout } from 'node:timers/promises';
import { LibsqlError } from '@libsql/client';

export const BUSY_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** Tries again while another process holds the database. The driver's own waiting would block the event loop. */
export async function whenFree<Result>(attempt: () => Promise<Result>, timeoutMs: number): Promise<Result> {
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
