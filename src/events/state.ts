import type { Session, User } from '../database/generated/client.ts';
import type { SessionStore } from '../database/session-store.ts';
import { isId } from '../ids.ts';
import type { Head, Log } from '../streams/log.ts';
import type { SessionCache } from './session-cache.ts';

/** A session with its users in order of joining. */
export type SessionState = Session & { users: User[] };

/** Returns where the logs of these sessions stand. */
export async function readHeads(
  store: SessionStore,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Head>> {
  const seqs = await store.seqs(ids.filter(isId));
  return new Map([...seqs].map(([id, seq]) => [id, { seq, hasEnded: false }]));
}

/** The states of sessions as a log of which only the newest item is kept. */
export function stateLog(store: SessionStore, sessions: SessionCache): Log<SessionState> {
  return {
    heads: (ids) => readHeads(store, ids),
    async *read(id, after) {
      const session = await sessions.current(id);
      if (session && session.seq > after) yield session;
    },
    size: ({ code }) => code.length,
    lastItem: () => null,
  };
}
