import type { AppContext } from '../context.ts';
import { AppError, OutsideLogError, SessionNotFoundError, SlowConsumerError } from '../errors.ts';
import { Feed } from '../live/feed.ts';
import type { SessionChange } from './live.ts';
import { loadSession } from './log.ts';
import { Mailbox } from './mailbox.ts';
import { type SessionEvent, type SessionState, weigh } from './model.ts';
import { EventReader, StateReader } from './readers.ts';

/** What is held for a subscriber that reads too slowly; an event more ends its stream. */
const MAX_HELD = 1_000;
const MAX_HELD_CHARACTERS = 4_000_000;

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
  const mailbox = listen<SessionEvent>(app, sessionId, (box, { event }) => {
    const weight = weigh(event);
    const isFull = box.size >= MAX_HELD || (box.size > 0 && box.weight + weight > MAX_HELD_CHARACTERS);
    if (isFull) box.fail(new SlowConsumerError());
    else box.push(event, weight);
  });
  const { seq } = await loadOrStop(app, sessionId, mailbox);
  if (after !== null && (after < 0 || after > seq)) {
    mailbox.end();
    throw new OutsideLogError(seq);
  }
  return new Feed(new EventReader(app, sessionId, mailbox, after ?? seq, seq));
}

/** The session as it is now, then the newest state after changes; a slow reader skips states. */
export async function followSession(app: AppContext, sessionId: string): Promise<Feed<SessionState>> {
  const mailbox = listen<SessionState>(app, sessionId, (box, { session }) => {
    if (session) box.replace(session);
    else box.end();
  });
  const now = await loadOrStop(app, sessionId, mailbox);
  return new Feed(new StateReader(now, mailbox));
}

function listen<Item>(
  app: AppContext,
  sessionId: string,
  deliver: (mailbox: Mailbox<Item>, change: SessionChange) => void,
): Mailbox<Item> {
  const mailbox = new Mailbox<Item>(() => stop());
  const stop = app.events.listen(sessionId, {
    onChange: (change) => deliver(mailbox, change),
    onClose: () => mailbox.fail(new AppError('SHUTTING_DOWN', 'The server is shutting down: connect again')),
  });
  return mailbox;
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
