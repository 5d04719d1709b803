import type { AppContext } from '../context.ts';
import { END, type Read, type Reader } from '../live/reader.ts';
import { readEvents } from './log.ts';
import type { Mailbox } from './mailbox.ts';
import type { SessionEvent, SessionState } from './model.ts';

/** Makes the live events of a session a stream without gap, repetition or disorder, with the log's help. */
export class EventReader implements Reader<SessionEvent> {
  readonly #app: AppContext;
  readonly #sessionId: string;
  readonly #live: Mailbox<SessionEvent>;
  /** The number of the latest event that was given out. */
  #last: number;
  /** What is read from the log before live events go on. */
  #missed: AsyncIterator<SessionEvent, undefined> | null = null;
  #ended = false;

  constructor(
    app: AppContext,
    sessionId: string,
    live: Mailbox<SessionEvent>,
    after: number,
    newest: number,
  ) {
    this.#app = app;
    this.#sessionId = sessionId;
    this.#live = live;
    this.#last = after;
    if (after < newest) this.#missed = readEvents(app, sessionId, after);
  }

  read(take: (result: Read<SessionEvent>) => void): void {
    if (this.#ended) take(END);
    else if (this.#missed) this.#readMissed(this.#missed, take);
    else this.#live.read((result) => ('item' in result ? this.#judge(result.item, take) : take(result)));
  }

  close(): void {
    this.#ended = true;
    this.#live.close();
  }

  #judge(event: SessionEvent, take: (result: Read<SessionEvent>) => void): void {
    if (event.type === 'SessionDeleted') {
      this.#giveLast(event, take);
    } else if (event.seq === this.#last + 1) {
      this.#give(event, take);
    } else {
      // What comes late or twice is passed over. A gap is read from the log, the event itself with it.
      if (event.seq > this.#last) this.#missed = readEvents(this.#app, this.#sessionId, this.#last);
      this.read(take);
    }
  }

  #readMissed(
    missed: AsyncIterator<SessionEvent, undefined>,
    take: (result: Read<SessionEvent>) => void,
  ): void {
    missed.next().then(
      ({ done, value }) => {
        if (done) this.#missed = null;
        if (done || this.#ended) this.read(take);
        else this.#give(value, take);
      },
      (error: unknown) => {
        this.close();
        take({ error });
      },
    );
  }

  #give(event: SessionEvent, take: (result: Read<SessionEvent>) => void): void {
    this.#last = event.seq;
    take({ item: event });
  }

  /** An instance that learned of a deletion from the database alone does not know which event it was. */
  #giveLast(event: SessionEvent, take: (result: Read<SessionEvent>) => void): void {
    this.close();
    take({ item: event.seq > this.#last ? event : { ...event, seq: this.#last + 1 } });
  }
}

/** A state now, then each that is newer than the one before. */
export class StateReader implements Reader<SessionState> {
  readonly #live: Mailbox<SessionState>;
  #now: SessionState | null;
  #last: number;

  constructor(now: SessionState, live: Mailbox<SessionState>) {
    this.#now = now;
    this.#last = now.seq;
    this.#live = live;
  }

  read(take: (result: Read<SessionState>) => void): void {
    const now = this.#now;
    this.#now = null;
    if (now) take({ item: now });
    else this.#live.read((result) => ('item' in result ? this.#judge(result.item, take) : take(result)));
  }

  #judge(session: SessionState, take: (result: Read<SessionState>) => void): void {
    if (session.seq > this.#last) {
      this.#last = session.seq;
      take({ item: session });
    } else {
      this.read(take);
    }
  }

  close(): void {
    this.#now = null;
    this.#live.close();
  }
}
