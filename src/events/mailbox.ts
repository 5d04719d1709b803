import { END, type Read, type Reader } from '../live/reader.ts';

/**
 * Holds what a producer pushed until one reader takes it. `end` lets the reader finish what is held; `fail`
 * drops that, and is what the next read gives; `close` drops it too. Each calls `onClose` once.
 */
export class Mailbox<Item> implements Reader<Item> {
  #held: { item: Item; weight: number }[] = [];
  #weight = 0;
  #waiting: ((result: Read<Item>) => void) | null = null;
  #state: 'open' | 'ended' | { error: Error } = 'open';
  readonly #onClose: () => void;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  get size(): number {
    return this.#held.length;
  }

  /** What the held items weigh together, in the unit of their pushes. */
  get weight(): number {
    return this.#weight;
  }

  /** Whether the reader has taken all and waits for more. */
  get idle(): boolean {
    return this.#waiting !== null;
  }

  push(item: Item, weight = 0): void {
    if (this.#state !== 'open') return;
    const take = this.#waiting;
    if (take) {
      this.#waiting = null;
      take({ item });
    } else {
      this.#held.push({ item, weight });
      this.#weight += weight;
    }
  }

  /** Holds this item alone: for a reader to whom only the newest matters. */
  replace(item: Item): void {
    this.#drop();
    this.push(item);
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

  read(take: (result: Read<Item>) => void): void {
    const held = this.#held.shift();
    if (held) {
      this.#weight -= held.weight;
      take({ item: held.item });
    } else if (this.#state === 'open') {
      this.#waiting = take;
    } else {
      take(this.#ending());
    }
  }

  /** How it ended; an error is told once. */
  #ending(): Read<Item> {
    const state = this.#state;
    this.#state = 'ended';
    return typeof state === 'object' ? state : END;
  }

  #drop(): void {
    this.#held = [];
    this.#weight = 0;
  }

  #close(state: 'ended' | { error: Error }): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#onClose();
    const take = this.#waiting;
    this.#waiting = null;
    take?.(this.#ending());
  }
}
