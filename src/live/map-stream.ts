export interface Mapping<From, To> {
  toItem(item: From): To | Promise<To>;
  /** The last item when the source fails; without it the failure is passed on. */
  onError?(error: unknown): To;
  /** One more item when the source has come to its end. */
  last?: To;
  /** Called once, however it ends. */
  onEnd?(): void;
}

/**
 * The items of a source as `toItem` makes them. Closing it closes the source at once, also while a `next`
 * waits, which `return` of an async generator would wait for.
 */
export function mapStream<From, To>(
  source: AsyncIterable<From>,
  { toItem, onError, last, onEnd }: Mapping<From, To>,
): AsyncIterableIterator<To, undefined> {
  const items = source[Symbol.asyncIterator]();
  let ended = false;
  const end = () => {
    if (!ended) onEnd?.();
    ended = true;
  };
  return {
    async next() {
      if (ended) return { done: true, value: undefined };
      try {
        const { done, value } = await items.next();
        if (!done) return { done: false, value: await toItem(value) };
      } catch (error) {
        end();
        if (!onError) throw error;
        return { done: false, value: onError(error) };
      }
      const wasOpen = !ended;
      end();
      return wasOpen && last !== undefined ? { done: false, value: last } : { done: true, value: undefined };
    },
    async return() {
      end();
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
