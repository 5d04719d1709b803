import { END, type Source } from './source.ts';

/** A source as the async iterator that libraries take. Code that knows better uses `source`. */
export class SourceIterable<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly source: Source<Item>;

  constructor(source: Source<Item>) {
    this.source = source;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      this.source.pull((pulled) => {
        if ('error' in pulled) reject(pulled.error);
        else if ('item' in pulled) resolve({ done: false, value: pulled.item });
        else resolve({ done: true, value: undefined });
      });
    });
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.source.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The source under an async iterable, or one that pulls from it. */
export function sourceOf<Item>(items: AsyncIterable<Item>): Source<Item> {
  if (items instanceof SourceIterable) return items.source;
  const iterator = items[Symbol.asyncIterator]();
  return {
    pull: (take) => {
      iterator.next().then(
        ({ done, value }) => take(done ? END : { item: value }),
        (error: unknown) => take({ error }),
      );
    },
    close: () => void iterator.return?.(),
  };
}
