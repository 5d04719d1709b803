import type { Numbered } from './log.ts';
import type { Pulled, Source } from './source.ts';
import type { Stream } from './stream.ts';

/**
 * Follows the newest item of a log: the one that is there now, then each that is newer than the one before. A
 * slow reader skips some. Ends with the log. Returns null when there is no such log.
 */
export async function followNewest<Item extends Numbered>(
  stream: Stream<Item>,
  key: string,
): Promise<Source<Item> | null> {
  const live = stream.listenToNewest(key);
  try {
    let now = await readNewest(stream, key);
    if (now && stream.broadcaster.startAt(key, now.seq) > now.seq) now = await readNewest(stream, key);
    if (now) return startingWith(now, live);
    live.close();
    return null;
  } catch (error) {
    live.close();
    throw error;
  }
}

async function readNewest<Item extends Numbered>({ log }: Stream<Item>, key: string): Promise<Item | null> {
  let newest: Item | null = null;
  for await (const item of log.read(key, 0)) newest = item;
  return newest;
}

/** Returns a source of the item, then of those of `live` that are newer. */
function startingWith<Item extends Numbered>(first: Item, live: Source<Item>): Source<Item> {
  let last = 0;
  let next: Item | null = first;
  const pull = (take: (pulled: Pulled<Item>) => void) => {
    if (next) judge(next, take);
    else live.pull((pulled) => ('item' in pulled ? judge(pulled.item, take) : take(pulled)));
  };
  const judge = (item: Item, take: (pulled: Pulled<Item>) => void) => {
    next = null;
    if (item.seq <= last) return pull(take);
    last = item.seq;
    take({ item });
  };
  return {
    pull,
    close: () => {
      next = null;
      live.close();
    },
  };
}
