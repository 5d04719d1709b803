import type { AppContext } from '../context.ts';
import { isOrphan } from '../database/errors.ts';
import { AppError, UserNotFoundError, UserOfflineError } from '../errors.ts';
import { Mailbox } from '../events/mailbox.ts';
import { isId } from '../ids.ts';
import { Feed } from '../live/feed.ts';
import { getSession } from '../sessions/service.ts';
import { applyChange, type PresenceChange, type SessionPresence, type UserPresence } from './model.ts';

/** The user that a connection names. */
export interface UserKey {
  readonly sessionId: string;
  readonly userId: string;
}

/**
 * Makes a user online until the returned function is called, the session is deleted or the user leaves it.
 * Throws UserNotFoundError.
 */
export async function enter(app: AppContext, { sessionId, userId }: UserKey): Promise<() => void> {
  const user = await findUser(app, { sessionId, userId });
  if (!user) throw new UserNotFoundError(userId);
  await see(app, { sessionId, userId });
  const leave = app.presence.enter(sessionId, userId);
  const exit = (isMember: boolean) => {
    stopListening();
    if (!leave() || !isMember) return;
    app.pending.add(
      see(app, { sessionId, userId }).catch((err: unknown) => {
        if (!(err instanceof UserNotFoundError))
          app.log.warn({ err }, 'When a user was last seen is not stored');
      }),
    );
  };
  const stopListening = app.events.listen(sessionId, {
    // The state tells it, because the event of the leaving may be lost, and one from before the joining come late.
    onMessage: ({ session }) => {
      const isMember = session?.users.some(({ id }) => id === userId) ?? false;
      if (!session || (session.seq >= user.joinedSeq && !isMember)) exit(false);
    },
    onClose: () => {},
    isIdle: () => true,
  });
  return () => exit(true);
}

/** Stores that a user is there now. Throws UserNotFoundError. */
async function see(app: AppContext, { sessionId, userId }: UserKey): Promise<void> {
  const at = new Date();
  try {
    await app.db.lastSeen.upsert({
      where: { sessionId_userId: { sessionId, userId } },
      create: { sessionId, userId, at },
      update: { at },
      select: { at: true },
    });
  } catch (error) {
    throw isOrphan(error) ? new UserNotFoundError(userId) : error;
  }
}

/** When a user was last connected: now while it is online, null when it never was. */
export async function lastSeenAt(app: AppContext, { sessionId, userId }: UserKey): Promise<Date | null> {
  if (app.presence.find(sessionId, userId)) return new Date();
  const seen = await app.db.lastSeen.findUnique({ where: { sessionId_userId: { sessionId, userId } } });
  return seen?.at ?? null;
}

/**
 * Changes what a user does, wherever its connections are; answers how it is then. Throws UserNotFoundError,
 * UserOfflineError and InvalidInputError.
 */
export async function updatePresence(
  app: AppContext,
  { sessionId, userId }: UserKey,
  change: PresenceChange,
): Promise<UserPresence> {
  const here = app.presence.change(sessionId, userId, change);
  if (here) return here;
  const elsewhere = app.presence.find(sessionId, userId);
  if (elsewhere) {
    const after = applyChange(elsewhere, change);
    app.bus.publish({ kind: 'presenceChange', sessionId, userId, change });
    return { ...after, userId, at: Date.now() };
  }
  const user = await findUser(app, { sessionId, userId });
  throw user ? new UserOfflineError(userId) : new UserNotFoundError(userId);
}

async function findUser(app: AppContext, { sessionId, userId }: UserKey) {
  if (!isId(sessionId) || !isId(userId)) return null;
  return app.db.user.findUnique({
    where: { sessionId_id: { sessionId, id: userId } },
    select: { joinedSeq: true },
  });
}

/** Who is online in a session, now and after changes; a slow reader skips some. Throws SessionNotFoundError. */
export async function followPresence(app: AppContext, sessionId: string): Promise<Feed<SessionPresence>> {
  await getSession(app, sessionId);
  const mailbox = new Mailbox<SessionPresence>(() => {
    stopPresence();
    stopEvents();
  });
  const stopEvents = app.events.listen(sessionId, {
    onMessage: ({ session }) => {
      if (!session) mailbox.end();
    },
    onClose: () => mailbox.fail(new AppError('SHUTTING_DOWN', 'The server is shutting down: connect again')),
    isIdle: () => mailbox.idle,
  });
  const stopPresence = app.presence.listen(sessionId, (presence) => mailbox.replace(presence));
  return new Feed(mailbox);
}
