import { END, type Pulled, type Source } from './source.ts';

/** Returns a source whose items come at least so many milliseconds apart: for one that holds its newest item alone. */
export function paced<Item>(source: Source<Item>, intervalMs: number): Source<Item> {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: { timer: NodeJS.Timeout; take: (pulled: Pulled<Item>) => void } | null = null;
  const pullNow = (take: (pulled: Pulled<Item>) => void) => {
    waiting = null;
    source.pull((pulled) => {
      if ('item' in pulled) last = performance.now();
      take(pulled);
    });
  };
  return {
    pull: (take) => {
      const rest = last + intervalMs - performance.now();
      if (rest <= 0) pullNow(take);
      else waiting = { timer: setTimeout(() => pullNow(take), rest), take };
    },
    close: () => {
      source.close();
      if (!waiting) return;
      clearTimeout(waiting.timer);
      waiting.take(END);
      waiting = null;
    },
  };
}
