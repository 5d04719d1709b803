import type { AppContext } from '../context.ts';
import { AppError, OutsideLogError, SessionNotFoundError } from '../errors.ts';
import { closing, listenTo, type Stream } from './listen.ts';
import type { SessionChange } from './live.ts';
import { loadSession, readEvents } from './log.ts';
import type { Mailbox } from './mailbox.ts';
import type { SessionEvent, SessionState } from './model.ts';

/** Events held for a subscriber that reads too slowly; one more ends its stream. */
const MAX_HELD = 1_000;

/**
 * Every event after `after`, in order and once, and from then on each as it happens; without `after`, those
 * from now on. Listens first and reads the log second, so nothing falls between the two. Completes after
 * SessionDeleted. Throws SessionNotFoundError, and OutsideLogError.
 */
export async function followEvents(
  app: AppContext,
  sessionId: string,
  after: number | null,
): Promise<Stream<SessionEvent>> {
  const mailbox = listen<SessionEvent>(app, sessionId, (box, { event }) => {
    if (box.size < MAX_HELD) box.push(event);
    else box.fail(new AppError('SLOW_CONSUMER', 'Events came faster than they were read: resume by `after`'));
  });
  const { seq } = await loadOrStop(app, sessionId, mailbox);
  if (after !== null && (after < 0 || after > seq)) {
    mailbox.end();
    throw new OutsideLogError(seq, 'event');
  }
  return closing(mailbox, inOrder(app, sessionId, mailbox, after ?? seq, seq));
}

/** The session as it is now, then the newest state after changes; a slow reader skips states. */
export async function followSession(app: AppContext, sessionId: string): Promise<Stream<SessionState>> {
  const mailbox = listen<SessionState>(app, sessionId, (box, { session }) => {
    if (session) box.replace(session);
    else box.end();
  });
  const now = await loadOrStop(app, sessionId, mailbox);
  return closing(mailbox, risingFrom(now, mailbox));
}

function listen<Item>(
  app: AppContext,
  sessionId: string,
  deliver: (mailbox: Mailbox<Item>, change: SessionChange) => void,
): Mailbox<Item> {
  return listenTo<SessionChange, Item>(app.events, sessionId, deliver);
}

async function loadOrStop(app: AppContext, id: string, mailbox: Mailbox<unknown>): Promise<SessionState> {
  try {
    const session = await loadSession(app.db, id);
    if (!session) throw new SessionNotFoundError(id);
    return session;
  } catch (error) {
    mailbox.end();
    throw error;
  }
}

async function* inOrder(
  app: AppContext,
  sessionId: string,
  live: Mailbox<SessionEvent>,
  after: number,
  newest: number,
): AsyncGenerator<SessionEvent, undefined> {
  let last = after;
  if (last < newest) {
    for await (const event of readEvents(app, sessionId, last)) {
      yield event;
      last = event.seq;
    }
  }
  for await (const event of live) {
    if (event.type === 'SessionDeleted') {
      // An instance that learned it from the database alone does not know which event it was.
      yield { ...event, seq: Math.max(event.seq, last + 1) };
      return;
    }
    if (event.seq > last + 1) {
      for await (const missed of readEvents(app, sessionId, last)) {
        yield missed;
        last = missed.seq;
      }
    }
    if (event.seq > last) {
      yield event;
      last = event.seq;
    }
  }
}

async function* risingFrom(
  now: SessionState,
  live: Mailbox<SessionState>,
): AsyncGenerator<SessionState, undefined> {
  yield now;
  let last = now.seq;
  for await (const session of live) {
    if (session.seq <= last) continue;
    yield session;
    last = session.seq;
  }
}
