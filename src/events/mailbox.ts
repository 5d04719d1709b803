/**
 * Holds what a producer pushed until one consumer takes it, as an async iterator. `end` lets the consumer
 * finish what is held; `fail` throws once that is taken; `return` drops everything and calls `onClose`.
 */
export class Mailbox<Item> implements AsyncIterableIterator<Item, undefined> {
  #held: Item[] = [];
  #wake: (() => void) | null = null;
  #waiting = false;
  #state: 'open' | 'ended' | { error: Error } = 'open';
  readonly #onClose: () => void;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  get size(): number {
    return this.#held.length;
  }

  /** Whether the consumer has taken all and waits for more. */
  get idle(): boolean {
    return this.#held.length === 0 && this.#waiting;
  }

  push(item: Item): void {
    if (this.#state !== 'open') return;
    this.#held.push(item);
    this.#wake?.();
  }

  /** Holds this item alone: for a consumer to whom only the newest matters. */
  replace(item: Item): void {
    this.#held = [];
    this.push(item);
  }

  end(): void {
    this.#close('ended');
  }

  fail(error: Error): void {
    this.#close({ error });
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    while (this.#held.length === 0 && this.#state === 'open') {
      this.#waiting = true;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#waiting = false;
    }
    const [value] = this.#held.splice(0, 1);
    if (value !== undefined) return { done: false, value };
    if (typeof this.#state === 'object') {
      const { error } = this.#state;
      this.#state = 'ended';
      throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#held = [];
    this.#close('ended');
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #close(state: 'ended' | { error: Error }): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#onClose();
    this.#wake?.();
  }
}
