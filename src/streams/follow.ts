import { type Entry, type Head, headOf, type Log, type Numbered } from './log.ts';
import type { Mailbox } from './mailbox.ts';
import { END, type Pulled, type Source } from './source.ts';
import type { Stream } from './stream.ts';

/**
 * Follows a log: each item after a number, in order and once, and from then on each as it is appended. Ends
 * with the log. `start` gets where the log stands (null: there is none) and returns that number; what it
 * throws is thrown. Listens first and reads the log second, so nothing falls between the two.
 */
export async function follow<Item extends Numbered>(
  stream: Stream<Item>,
  key: string,
  start: (head: Head | null) => number,
): Promise<Source<Item>> {
  const { log, broadcaster } = stream;
  const live = stream.listen(key);
  try {
    let head = await headOf(log, key);
    if (head && broadcaster.startAt(key, head.seq) > head.seq) head = await headOf(log, key);
    const after = start(head);
    return new LogReader(log, key, live, after, head ?? { seq: after, hasEnded: true });
  } catch (error) {
    live.close();
    throw error;
  }
}

/** Joins the entries that are delivered live with what it reads from the log where they leave a gap. */
class LogReader<Item extends Numbered> implements Source<Item> {
  readonly #log: Log<Item>;
  readonly #key: string;
  readonly #live: Mailbox<Entry<Item>>;
  /** The number of the latest item that was given out. */
  #last: number;
  /** Items that are read from the log before live entries go on. */
  #missed: AsyncIterator<Item> | null = null;
  /** The live entry that came after the gap. */
  #next: Entry<Item> | null = null;
  #hasEnded = false;

  constructor(log: Log<Item>, key: string, live: Mailbox<Entry<Item>>, after: number, head: Head) {
    this.#log = log;
    this.#key = key;
    this.#live = live;
    this.#last = after;
    if (after < head.seq) this.#missed = this.#readAfter(after);
    if (head.hasEnded) this.#next = { seq: head.seq + 1, item: null, isLast: true };
  }

  pull(take: (pulled: Pulled<Item>) => void): void {
    const next = this.#next;
    if (this.#hasEnded) {
      take(END);
    } else if (this.#missed) {
      this.#pullMissed(this.#missed, take);
    } else if (next) {
      this.#next = null;
      this.#giveNew(next, take);
    } else this.#live.pull((pulled) => ('item' in pulled ? this.#judge(pulled.item, take) : take(pulled)));
  }

  close(): void {
    this.#hasEnded = true;
    this.#live.close();
  }

  #judge(entry: Entry<Item>, take: (pulled: Pulled<Item>) => void): void {
    if (entry.seq > this.#last + 1) {
      this.#missed = this.#readAfter(this.#last);
      this.#next = entry;
      this.pull(take);
    } else {
      this.#giveNew(entry, take);
    }
  }

  #pullMissed(missed: AsyncIterator<Item>, take: (pulled: Pulled<Item>) => void): void {
    missed.next().then(
      ({ done, value }) => {
        if (done) this.#missed = null;
        if (done || this.#hasEnded) return this.pull(take);
        this.#last = value.seq;
        take({ item: value });
      },
      (error: unknown) => {
        if (this.#hasEnded) return take(END);
        this.close();
        take({ error });
      },
    );
  }

  #giveNew({ seq, item, isLast }: Entry<Item>, take: (pulled: Pulled<Item>) => void): void {
    if (isLast) {
      this.close();
      take(item ? { item: this.#renumbered(item) } : END);
    } else if (item && seq > this.#last) {
      this.#last = seq;
      take({ item });
    } else {
      this.pull(take);
    }
  }

  /** An instance that learned of the end from the database alone may have numbered the last item too low. */
  #renumbered(item: Item): Item {
    return item.seq > this.#last ? item : { ...item, seq: this.#last + 1 };
  }

  #readAfter(after: number): AsyncIterator<Item> {
    return this.#log.read(this.#key, after)[Symbol.asyncIterator]();
  }
}
