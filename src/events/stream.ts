import type { AppContext } from '../context.ts';
import { AppError, OutsideLogError, SessionNotFoundError, SlowConsumerError } from '../errors.ts';
import type { SessionChange } from './live.ts';
import { loadSession, readEvents } from './log.ts';
import { Mailbox } from './mailbox.ts';
import { type SessionEvent, type SessionState, weigh } from './model.ts';

/** What is held for a subscriber that reads too slowly; an event more ends its stream. */
const MAX_HELD = 1_000;
const MAX_HELD_CHARACTERS = 4_000_000;

type Stream<Item> = AsyncIterableIterator<Item, undefined>;

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
  const mailbox = new Mailbox<Item>(() => stop());
  const stop = app.events.listen(sessionId, {
    onChange: (change) => deliver(mailbox, change),
    onClose: () => mailbox.fail(new AppError('SHUTTING_DOWN', 'The server is shutting down: connect again')),
  });
  return mailbox;
}

async function loadOrStop(app: AppContext, id: string, mailbox: Mailbox<unknown>): Promise<SessionState> {
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

/** The generator, with a `return` that also wakes it: a generator's own waits for its pending `next`. */
function closing<Item>(mailbox: Mailbox<unknown>, items: AsyncGenerator<Item, undefined>): Stream<Item> {
  return {
    next: () => items.next(),
    return: async () => {
      await mailbox.return();
      return items.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
