import { z } from 'zod';
import { SYSTEM } from '../access/caller.ts';
import type { Session, User } from '../database/generated/client.ts';
import { Language, Role, SessionStatus } from '../database/generated/enums.ts';
import type { SessionStore } from '../database/session-store.ts';
import { UserNotFoundError } from '../errors.ts';
import { isId } from '../ids.ts';
import type { Head, Log } from '../streams/log.ts';
import type { SessionCache } from './session-cache.ts';

/** A session with its users in order of joining. `code` is the text at `seq`, whatever the row of the session has. */
export type SessionState = Session & { users: User[] };

/** Returns a user of a session. Throws UserNotFoundError. */
export function requireUser({ users }: SessionState, userId: string): User {
  const user = users.find(({ id }) => id === userId);
  if (!user) throw new UserNotFoundError(userId);
  return user;
}

/** The fields of a session that an update can change. */
export const SESSION_FIELDS = ['code', 'language', 'status', 'locks', 'expiresAt'] as const;

/** A user as events store it. */
export const storedUser = z.object({
  sessionId: z.string(),
  id: z.string(),
  name: z.string(),
  color: z.string(),
  joinedAt: z.coerce.date(),
  joinedSeq: z.int(),
  // Events from before there was access lack it.
  role: z.enum(Role).default('HOST'),
  externalId: z.string().nullable().default(null),
}) satisfies z.ZodType<User>;

/** A session as events store it. */
export const storedState = z.object({
  id: z.string(),
  code: z.string(),
  codeSeq: z.int().default(0),
  epoch: z.int().default(0),
  editSize: z.int().default(0),
  language: z.enum(Language),
  status: z.enum(SessionStatus),
  seq: z.int(),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
  // Events from before there was access lack these.
  owner: z.string().nullable().default(null),
  locks: z.string().default(''),
  expiresAt: z.coerce.date().nullable().default(null),
  users: z.array(storedUser),
}) satisfies z.ZodType<SessionState>;

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
      const session = await sessions.find(SYSTEM, id);
      if (session && session.seq > after) yield session;
    },
    size: ({ code }) => code.length,
    lastItem: () => null,
  };
}
