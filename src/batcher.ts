interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: (result: Promise<Result>) => void;
}

/** Returns what becomes of an item of a group. */
type ResultOf<Item, Result> = (item: Item) => Promise<Result>;

/**
 * Works on items in groups: the first at once, then everything that came while groups were at work. So one
 * item alone waits for nobody, and under load the groups grow by themselves.
 */
export class Batcher<Item, Result> {
  readonly #work: (items: readonly Item[]) => ResultOf<Item, Result>;
  readonly #largest: number;
  #waiting: Waiting<Item, Result>[] = [];
  readonly #concurrent: number;
  #working = 0;

  /** `work` starts to work on a group, which has at most `largest` items. So many groups are at work at the same time. */
  constructor(work: (items: readonly Item[]) => ResultOf<Item, Result>, largest: number, concurrent = 1) {
    this.#work = work;
    this.#largest = largest;
    this.#concurrent = concurrent;
  }

  /** Returns what becomes of the item. Its group starts after this call. */
  run(item: Item): Promise<Result> {
    const result = new Promise<Result>((resolve) => this.#waiting.push({ item, settle: resolve }));
    if (this.#working < this.#concurrent) {
      this.#working += 1;
      queueMicrotask(() => void this.#workOnAll());
    }
    return result;
  }

  async #workOnAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#largest);
      const resultOf = this.#work(group.map(({ item }) => item));
      await Promise.allSettled(
        group.map(({ item, settle }) => {
          const result = resultOf(item);
          settle(result);
          return result;
        }),
      );
    }
    this.#working -= 1;
  }
}
