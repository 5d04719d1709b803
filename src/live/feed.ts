import { END, type Reader } from './reader.ts';

/** A reader as the async iterator that libraries take; who knows better uses `reader`. */
export class Feed<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly reader: Reader<Item>;

  constructor(reader: Reader<Item>) {
    this.reader = reader;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      this.reader.read((result) => {
        if ('error' in result) reject(result.error);
        else if ('item' in result) resolve({ done: false, value: result.item });
        else resolve({ done: true, value: undefined });
      });
    });
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.reader.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The reader of a feed, or of any other async iterable. */
export function readerOf<Item>(items: AsyncIterable<Item>): Reader<Item> {
  if (items instanceof Feed) return items.reader;
  const iterator = items[Symbol.asyncIterator]();
  return {
    read: (take) => {
      iterator.next().then(
        ({ done, value }) => take(done ? END : { item: value }),
        (error: unknown) => take({ error }),
      );
    },
    close: () => void iterator.return?.(),
  };
}
