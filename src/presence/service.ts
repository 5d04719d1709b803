import type { UserKey } from '../access/caller.ts';
import type { Permit } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import {
  SessionNotFoundError,
  ShuttingDownError,
  SlowConsumerError,
  UserNotFoundError,
  UserOfflineError,
} from '../errors.ts';
import { isId } from '../ids.ts';
import { headOf } from '../streams/log.ts';
import { Mailbox } from '../streams/mailbox.ts';
import type { Source } from '../streams/source.ts';
import { applyChange, type PresenceChange, type SessionPresence, type UserPresence } from './model.ts';
import { activityChanged } from './topics.ts';

/**
 * Makes a user online until the returned function is called, the session is deleted or the user leaves it.
 * Throws UserNotFoundError.
 */
export async function goOnline(app: AppContext, key: UserKey): Promise<() => void> {
  const { sessionId, userId } = key;
  const user = await findUser(app, key);
  if (!user) throw new UserNotFoundError(userId);
  if (!(await app.lastSeen.run(key))) throw new UserNotFoundError(userId);
  const leave = app.presence.enter(key);
  const exit = (isMember: boolean) => {
    stopListening();
    if (!leave() || !isMember) return;
    app.background.waitUntil(
      app.lastSeen.run(key).catch((err: unknown) => {
        app.log.warn({ err }, 'When a user was last seen is not stored');
      }),
    );
  };
  const { broadcaster } = app.states;
  const stopListening = broadcaster.listen(sessionId, {
    // The state is checked, not the event: the leave event may be lost, and an older event may arrive late.
    onEntry: ({ item: session }) => {
      const isMember = session?.users.some(({ id }) => id === userId) ?? false;
      if (!session || (session.seq >= user.joinedSeq && !isMember)) exit(false);
    },
  });
  return () => exit(true);
}

/** Returns when a user was last connected: now while it is online, null when it never was. */
export async function lastSeenAt({ db, presence }: AppContext, key: UserKey): Promise<Date | null> {
  if (presence.find(key)) return new Date();
  const { sessionId, userId } = key;
  const seen = await db.lastSeen.findUnique({ where: { sessionId_userId: { sessionId, userId } } });
  return seen?.at ?? null;
}

/**
 * Changes what a user does, over any instance. Returns what it then does. Throws UserNotFoundError,
 * UserOfflineError and InvalidInputError.
 */
export async function updatePresence(
  context: CommandContext,
  key: UserKey,
  change: PresenceChange,
): Promise<UserPresence> {
  const { app, caller } = context;
  await app.sessions.permit(caller, 'SHOW_PRESENCE', key.sessionId, key.userId);
  const here = app.presence.change(key, change);
  if (here) return here;
  const { userId } = key;
  const elsewhere = app.presence.find(key);
  if (elsewhere) {
    const after = applyChange(elsewhere, change);
    app.bus.publish(activityChanged, { ...key, change });
    return { ...after, userId, at: Date.now() };
  }
  const user = await findUser(app, key);
  throw user ? new UserOfflineError(userId) : new UserNotFoundError(userId);
}

async function findUser({ db }: AppContext, { sessionId, userId }: UserKey) {
  if (!isId(sessionId) || !isId(userId)) return null;
  return db.user.findUnique({
    where: { sessionId_id: { sessionId, id: userId } },
    select: { joinedSeq: true },
  });
}

/**
 * Follows who is online in a session, now and after changes. A slow reader skips some. Throws
 * SessionNotFoundError.
 */
export async function followPresence(
  app: AppContext,
  { sessionId }: Permit<'READ'>,
): Promise<Source<SessionPresence>> {
  if (!(await headOf(app.states.log, sessionId))) throw new SessionNotFoundError(sessionId);
  const stops: (() => void)[] = [];
  const mailbox = new Mailbox<SessionPresence>({
    onClose: () => {
      for (const stop of stops) stop();
    },
    overflow: () => new SlowConsumerError(),
  });
  stops.push(
    app.states.broadcaster.listen(sessionId, {
      onEntry: ({ isLast }) => {
        if (isLast) mailbox.end();
      },
      onClose: () => mailbox.fail(new ShuttingDownError()),
      isIdle: () => mailbox.idle,
    }),
    app.presence.listen(sessionId, (presence) => mailbox.replace(presence)),
  );
  return mailbox;
}
