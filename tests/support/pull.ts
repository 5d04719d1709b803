import type { Numbered } from '../../src/streams/log.ts';
import type { Pulled, Source } from '../../src/streams/source.ts';

/** Resolves with what the next pull gives. */
export function pull<Item>(source: Source<Item>): Promise<Pulled<Item>> {
  return new Promise((resolve) => source.pull(resolve));
}

/** Returns what the next pull gives at once. Throws when that has to be waited for. */
export function pullNow<Item>(source: Source<Item>): Pulled<Item> {
  let pulled: Pulled<Item> | undefined;
  source.pull((given) => {
    pulled = given;
  });
  if (!pulled) throw new Error('Nothing is there yet');
  return pulled;
}

/** Pulls so many items and returns their numbers. Throws when the source ends before. */
export async function pullSeqs(source: Source<Numbered>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.length < count) {
    const pulled = await pull(source);
    if (!('item' in pulled)) throw new Error(`Ended after ${seqs}`, { cause: pulled });
    seqs.push(pulled.item.seq);
  }
  return seqs;
}

/**
 * Pulls until the end and returns the numbers of all items. Waits for `pause` before each pull. Throws the error
 * that ends the source.
 */
export async function pullRest(source: Source<Numbered>, pause?: () => Promise<void>): Promise<number[]> {
  const seqs: number[] = [];
  for (;;) {
    await pause?.();
    const pulled = await pull(source);
    if ('error' in pulled) throw pulled.error;
    if ('end' in pulled) return seqs;
    seqs.push(pulled.item.seq);
  }
}
