import { type Entry, entryOf, type Head, type Log, type Numbered } from '../../src/streams/log.ts';

export interface Item extends Numbered {
  readonly text: string;
}

/** The key of the log that a `MemoryLog` has. */
export const KEY = 'log';

export const itemOf = (seq: number): Item => ({ seq, text: `item ${seq}` });

/** One log in memory. A test can act, wait or throw in the middle of a read. */
export class MemoryLog implements Log<Item> {
  /** Called after the head was looked up and before it is returned. */
  onHead: () => unknown = () => {};
  /** Called after an item was looked up, found or not, and before it is given. */
  onItem: (seq: number) => unknown = () => {};
  /** Whether an item tells the end of a log that is gone. */
  hasLastItem = false;
  /** How often the head was looked up. */
  headReads = 0;
  /** How often items were read. */
  itemReads = 0;
  #items: Item[] = [];
  #state: 'open' | 'ended' | 'gone' = 'open';

  /** Appends an item and returns the entry to deliver. */
  append(): Entry<Item> {
    const item = itemOf(this.#items.length + 1);
    this.#items.push(item);
    return entryOf(item);
  }

  /** Ends the log and returns the entry to deliver. */
  end(): Entry<Item> {
    this.#state = 'ended';
    return { seq: this.#items.length + 1, item: null, isLast: true };
  }

  /** Deletes the log and returns the entry to deliver. */
  remove(): Entry<Item> {
    const seq = this.#items.length + 1;
    this.#state = 'gone';
    this.#items = [];
    return { seq, item: this.lastItem(KEY, seq), isLast: true };
  }

  async heads(keys: readonly string[]): Promise<Map<string, Head>> {
    this.headReads += 1;
    const head = { seq: this.#items.length, hasEnded: this.#state === 'ended' };
    const exists = keys.includes(KEY) && this.#state !== 'gone';
    await this.onHead();
    return new Map(exists ? [[KEY, head]] : []);
  }

  async *read(key: string, after: number): AsyncGenerator<Item, undefined> {
    this.itemReads += 1;
    for (let seq = after + 1; ; seq += 1) {
      const item = key === KEY ? this.#items[seq - 1] : undefined;
      await this.onItem(seq);
      if (!item) return;
      yield item;
    }
  }

  size({ text }: Item): number {
    return text.length;
  }

  lastItem(_key: string, seq: number): Item | null {
    return this.hasLastItem ? { seq, text: 'last' } : null;
  }
}
