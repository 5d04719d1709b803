import type { AppContext } from '../context.ts';
import { OutsideLogError, SessionNotFoundError } from '../errors.ts';
import { Feed } from '../live/feed.ts';
import { hold, listenTo } from './listen.ts';
import type { SessionChange } from './live.ts';
import { loadSession } from './log.ts';
import type { Mailbox } from './mailbox.ts';
import { type SessionEvent, type SessionState, weigh } from './model.ts';
import { EventReader, StateReader } from './readers.ts';

/**
 * Every event after `after`, in order and once, and from then on each as it happens; without `after`, those
 * from now on. Listens first and reads the log second, so nothing falls between the two. Completes after
 * SessionDeleted. Throws SessionNotFoundError, and OutsideLogError.
 */
export async function followEvents(
  app: AppContext,
  sessionId: string,
  after: number | null,
): Promise<Feed<SessionEvent>> {
  const mailbox = listenTo<SessionChange, SessionEvent>(app.events, sessionId, (box, { event }) =>
    hold(box, event, weigh(event)),
  );
  const { seq } = await loadOrStop(app, sessionId, mailbox);
  if (after !== null && (after < 0 || after > seq)) {
    mailbox.end();
    throw new OutsideLogError(seq, 'event');
  }
  return new Feed(new EventReader(app, sessionId, mailbox, after ?? seq, seq));
}

/** The session as it is now, then the newest state after changes; a slow reader skips states. */
export async function followSession(app: AppContext, sessionId: string): Promise<Feed<SessionState>> {
  const mailbox = listenTo<SessionChange, SessionState>(app.events, sessionId, (box, { session }) => {
    if (session) box.replace(session);
    else box.end();
  });
  const now = await loadOrStop(app, sessionId, mailbox);
  return new Feed(new StateReader(now, mailbox));
}

async function loadOrStop(
  app: AppContext,
  id: string,
  mailbox: Pick<Mailbox<unknown>, 'end'>,
): Promise<SessionState> {
  try {
    let session = await loadSession(app.db, id);
    if (session && app.events.startAt(id, session.seq) > session.seq) session = await loadSession(app.db, id);
    if (!session) throw new SessionNotFoundError(id);
    return session;
  } catch (error) {
    mailbox.end();
    throw error;
  }
}
