/** What a read gives: an item, or that there is none any more, with the error that ended it. */
export type Read<Item> = { readonly item: Item } | { readonly error: unknown } | typeof END;

export const END = { end: true } as const;

/**
 * A stream that hands an item over in the very turn in which it comes. Promises would let the work of others
 * in between, a transaction for one, at each step of the way from an event to a socket.
 */
export interface Reader<Item> {
  /** Gives the next item to `take`, at once when it is there already. One read at a time. */
  read(take: (result: Read<Item>) => void): void;
  /** Ends it at once; a read that waits gets the end. */
  close(): void;
}

export interface Mapping<From, To> {
  toItem(item: From): To | Promise<To>;
  /** The last item when the source fails or an item cannot be made. */
  onError(error: unknown): To;
  /** Called once, however it ends. */
  onEnd?(): void;
}

/** The items of a reader as `toItem` makes them. */
export function mapReader<From, To>(
  source: Reader<From>,
  { toItem, onError, onEnd = () => {} }: Mapping<From, To>,
): Reader<To> {
  let ended = false;
  const end = () => {
    if (!ended) onEnd();
    ended = true;
  };
  const fail = (error: unknown, take: (result: Read<To>) => void) => {
    if (ended) return take(END);
    end();
    source.close();
    take({ item: onError(error) });
  };
  return {
    read: (take) => {
      if (ended) return take(END);
      source.read((result) => {
        if ('error' in result) return fail(result.error, take);
        if (ended || 'end' in result) {
          end();
          return take(END);
        }
        let item: To | Promise<To>;
        try {
          item = toItem(result.item);
        } catch (error) {
          return fail(error, take);
        }
        if (!(item instanceof Promise)) return take({ item });
        item.then(
          (made) => take(ended ? END : { item: made }),
          (error: unknown) => fail(error, take),
        );
      });
    },
    close: () => {
      end();
      source.close();
    },
  };
}

/**
 * Sends what a reader gives, each in the turn in which it comes, unless the connection wants to be waited
 * for. Resolves at the end.
 */
export function pump<Item>(
  reader: Reader<Item>,
  send: (item: Item) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const take = (result: Read<Item>): Promise<void> | undefined | 'end' => {
      if ('item' in result) return send(result.item);
      if ('error' in result) reject(result.error);
      else resolve();
      return 'end';
    };
    const run = () => {
      // Items that are there already are taken in a loop, not by calls within calls.
      for (let isInLoop = true, again = true; again; ) {
        again = false;
        isInLoop = true;
        reader.read((result) => {
          try {
            const state = take(result);
            if (state === 'end') return;
            if (state) state.then(run, reject);
            else if (isInLoop) again = true;
            else run();
          } catch (error) {
            reader.close();
            reject(error);
          }
        });
        isInLoop = false;
      }
    };
    run();
  });
}
