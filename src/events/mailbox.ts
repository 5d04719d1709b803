/**
 * Holds what a producer pushed until one consumer takes it, as an async iterator. `end` lets the consumer
 * finish what is held; `fail` drops that and throws next; `return` drops it too. Each calls `onClose` once.
 */
export class Mailbox<Item> implements AsyncIterableIterator<Item, undefined> {
  #held: { item: Item; weight: number }[] = [];
  #weight = 0;
  #wake: (() => void) | null = null;
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

  push(item: Item, weight = 0): void {
    if (this.#state !== 'open') return;
    this.#held.push({ item, weight });
    this.#weight += weight;
    this.#wake?.();
  }

  /** Holds this item alone: for a consumer to whom only the newest matters. */
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

  async next(): Promise<IteratorResult<Item, undefined>> {
    while (this.#held.length === 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#held.shift();
    if (taken) {
      this.#weight -= taken.weight;
      return { done: false, value: taken.item };
    }
    if (typeof this.#state === 'object') {
      const { error } = this.#state;
      this.#state = 'ended';
      throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#drop();
    this.#close('ended');
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #drop(): void {
    this.#held = [];
    this.#weight = 0;
  }

  #close(state: 'ended' | { error: Error }): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#onClose();
    this.#wake?.();
  }
}
