import type { UserKey } from '../access/caller.ts';
import { Batcher } from '../batcher.ts';
import { retryConflicts } from '../database/retry.ts';
import type { SessionStore } from '../database/session-store.ts';

/** Few enough that what others want of the database need not wait for long. */
const LARGEST_GROUP = 200;

/** Stores that users are connected now. Says of each whether it is a user. */
export type LastSeen = Batcher<UserKey, boolean>;

/** Makes the queue through which it is stored, many users with one statement: a thousand may come or go at once. */
export function lastSeenInGroups(store: SessionStore): LastSeen {
  return new Batcher((users) => {
    const saved = retryConflicts(() => store.saveSeen(users, new Date()));
    return async (user) => (await saved).has(user);
  }, LARGEST_GROUP);
}
