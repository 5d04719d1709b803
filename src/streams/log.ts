/** Anything that has its number in a log. */
export interface Numbered {
  readonly seq: number;
}

/** Where a log stands. */
export interface Head {
  /** The number of its newest item, 0 before the first. */
  readonly seq: number;
  /** Whether no item will follow. */
  readonly hasEnded: boolean;
}

/** The stored logs of one kind: the events of sessions, say, by session. Items are numbered from 1 without a gap. */
export interface Log<Item extends Numbered> {
  /** Returns where each of these logs stands. One that is not in the result does not exist. */
  heads(keys: readonly string[]): Promise<ReadonlyMap<string, Head>>;
  /** Reads the items after a number, oldest first. The item with this number may spare work, where it is at hand. */
  read(key: string, after: number, known?: Item | null): AsyncIterable<Item>;
  /** About how much memory an item holds, in characters. */
  size(item: Item): number;
  /** Returns the last item, numbered `seq`, of a log that is gone from the database; null if it has none. */
  lastItem(key: string, seq: number): Item | null;
}

/** Returns where a log stands; null when there is no such log. */
export async function headOf(log: Pick<Log<Numbered>, 'heads'>, key: string): Promise<Head | null> {
  return (await log.heads([key])).get(key) ?? null;
}

/** News of a log: an item was appended, or the log has ended. */
export interface Entry<Item> {
  readonly seq: number;
  /** Null for an end that no item tells. */
  readonly item: Item | null;
  readonly isLast: boolean;
}

/** The entry of an item that others will follow. */
export function entryOf<Item extends Numbered>(item: Item): Entry<Item> {
  return { seq: item.seq, item, isLast: false };
}
