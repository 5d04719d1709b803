import { END, type Pulled, type Source } from './source.ts';

/** The most that is held for a reader that takes items too slowly. One item more ends its stream. */
const MAX_ITEMS = 1_000;
const MAX_CHARACTERS = 4_000_000;

export interface MailboxOptions {
  /** Called once, when no item is taken any more. */
  onClose(): void;
  /** Makes the error that ends the stream of a reader for which too much is held. */
  overflow(): Error;
}

/**
 * Holds what a producer pushed until one reader takes it, within bounds. `end` lets the reader finish what is
 * held. `fail` drops that, and the next pull gets the error. `close` drops it without an error.
 */
export class Mailbox<Item> implements Source<Item> {
  readonly #options: MailboxOptions;
  #held: { item: Item; size: number }[] = [];
  #heldSize = 0;
  #waiting: ((pulled: Pulled<Item>) => void) | null = null;
  #state: 'open' | 'ended' | { error: Error } = 'open';

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Whether the reader has taken all and waits for more. */
  get idle(): boolean {
    return this.#waiting !== null;
  }

  /** Appends an item of so many characters. An item alone is taken whatever its size. */
  push(item: Item, size: number): void {
    if (this.#state !== 'open') return;
    const take = this.#waiting;
    if (take) {
      this.#waiting = null;
      take({ item });
    } else if (this.#isFullFor(size)) {
      this.fail(this.#options.overflow());
    } else {
      this.#held.push({ item, size });
      this.#heldSize += size;
    }
  }

  /** Holds this item alone, for a reader to whom only the newest matters. */
  replace(item: Item): void {
    this.#drop();
    this.push(item, 0);
  }

  end(): void {
    this.#close('ended');
  }

  fail(error: Error): void {
    this.#drop();
    this.#close({ error });
  }

  close(): void {
    this.#drop();
    this.#close('ended');
  }

  pull(take: (pulled: Pulled<Item>) => void): void {
    const held = this.#held.shift();
    if (held) {
      this.#heldSize -= held.size;
      take({ item: held.item });
    } else if (this.#state === 'open') {
      this.#waiting = take;
    } else {
      take(this.#ending());
    }
  }

  #isFullFor(size: number): boolean {
    if (this.#held.length === 0) return false;
    return this.#held.length >= MAX_ITEMS || this.#heldSize + size > MAX_CHARACTERS;
  }

  /** How it ended. An error is told once. */
  #ending(): Pulled<Item> {
    const state = this.#state;
    this.#state = 'ended';
    return typeof state === 'object' ? state : END;
  }

  #drop(): void {
    this.#held = [];
    this.#heldSize = 0;
  }

  #close(state: 'ended' | { error: Error }): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#options.onClose();
    const take = this.#waiting;
    this.#waiting = null;
    take?.(this.#ending());
  }
}
