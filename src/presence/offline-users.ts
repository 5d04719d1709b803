import type { AppContext } from '../app.ts';
import { forEachInTurn, repeat } from '../background-tasks.ts';
import { SessionNotFoundError, UserNotFoundError } from '../errors.ts';
import { removeOfflineUser } from '../users/service.ts';
import { lastSeenAt } from './service.ts';

const LONGEST_INTERVAL_MS = 30_000;
/** The most users who are removed at a time. */
const REMOVED_AT_ONCE = 100;

/**
 * Stores from time to time which users are online, so that their last-seen time is known even if this instance
 * dies. Removes users who were offline for OFFLINE_USER_TIMEOUT. Returns a function that stops it.
 */
export function sweepOfflineUsers(app: AppContext): () => void {
  const { OFFLINE_USER_TIMEOUT } = app.config;
  // Often enough that a user who is online over any instance was stored well within the timeout.
  const interval = Math.min(LONGEST_INTERVAL_MS, (OFFLINE_USER_TIMEOUT || Number.POSITIVE_INFINITY) / 4);
  return repeat(app, interval, 'Who is online could not be stored', async () => {
    await Promise.all(app.presence.here.map((user) => app.lastSeen.run(user)));
    if (OFFLINE_USER_TIMEOUT > 0) await removeOffline(app, OFFLINE_USER_TIMEOUT);
  });
}

async function removeOffline(app: AppContext, timeoutMs: number): Promise<void> {
  const limit = new Date(Date.now() - timeoutMs);
  const offline = await app.db.lastSeen.findMany({
    where: { at: { lt: limit } },
    orderBy: { at: 'asc' },
    take: REMOVED_AT_ONCE,
  });
  await forEachInTurn(offline, async (user) => {
    // Users come back while others are removed.
    const isOffline = async () => {
      const at = await lastSeenAt(app, user);
      return at !== null && at < limit;
    };
    try {
      await removeOfflineUser(app, user, isOffline);
    } catch (error) {
      // Another instance was first, or the session has been deleted.
      if (!(error instanceof UserNotFoundError || error instanceof SessionNotFoundError)) throw error;
    }
  });
}
