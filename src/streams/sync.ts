import { z } from 'zod';
import type { Bus, BusTopic } from '../bus/bus.ts';
import type { Report } from './broadcaster.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import { entryOf, type Head, headOf, type Numbered } from './log.ts';
import type { Stream } from './stream.ts';

/** Tells other instances that a log has new items: those after `after`, up to `seq`. */
export const appended = z.object({ key: z.string(), after: z.int(), seq: z.int() });
export type Appended = z.output<typeof appended>;

/** How often an instance looks for items that no message told of. */
const POLL_MS = 5_000;

export interface SyncOptions<Item, Message extends Appended> {
  readonly bus: Bus;
  readonly topic: BusTopic<Message>;
  /** Returns the item that a message carries, from the one before it; null where it must be read from the log. */
  itemOf?(message: Message, latest: Item | null): Item | null;
  /** The lock under which this process appends to a log, so that what is caught up comes in order with that. */
  readonly mutex: KeyedMutex;
  readonly report: Report;
}

/**
 * Delivers what other instances append: what a message of the bus carries, if it is the next item. Otherwise it reads
 * the log once for all listeners: when the bus tells of new items, every five seconds, and whenever the bus may have
 * lost messages. Returns a function that stops it.
 */
export function keepInSync<Item extends Numbered, Message extends Appended>(
  stream: Stream<Item>,
  { bus, topic, itemOf = () => null, mutex, report }: SyncOptions<Item, Message>,
): () => void {
  const { log, broadcaster } = stream;
  /** If listeners have received nothing yet, reading starts after `after`. */
  const catchUp = (key: string, after: number, message?: Message) => {
    mutex
      .run(key, async () => {
        const position = broadcaster.position(key);
        if (position === undefined || (message && message.seq <= (position ?? 0))) return;
        // Who has received nothing yet may begin anywhere.
        const isNext = message && (position === null || position === message.seq - 1);
        const item = isNext ? itemOf(message, broadcaster.latest(key)) : null;
        if (item) broadcaster.publish(key, entryOf(item));
        else await deliverMissed(stream, key, await headOf(log, key), after);
      })
      .catch(report);
  };

  const poll = async () => {
    const keys = broadcaster.keys;
    if (keys.length === 0) return;
    const heads = await log.heads(keys);
    for (const key of keys) {
      const head = heads.get(key);
      // What was appended here during the look may have been delivered already.
      const isUpToDate = head && !head.hasEnded && head.seq <= (broadcaster.position(key) ?? -1);
      if (!isUpToDate) catchUp(key, (head?.seq ?? 1) - 1);
    }
  };
  const pollNow = () => void poll().catch(report);

  const stops = [
    bus.subscribe(topic, (message) => {
      const { key, after, seq } = message;
      const position = broadcaster.position(key);
      if (position !== undefined && seq > (position ?? 0)) catchUp(key, after, message);
    }),
    bus.onGap(pollNow),
  ];
  const timer = setInterval(pollNow, POLL_MS);
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
  };
}

/** Delivers what others appended before the item `seq`, which this process appended and is about to deliver. */
export async function deliverBefore<Item extends Numbered>(
  stream: Stream<Item>,
  key: string,
  seq: number,
): Promise<void> {
  const position = stream.broadcaster.position(key);
  if (position == null || seq <= position + 1) return;
  await deliverMissed(stream, key, { seq, hasEnded: false }, position);
}

async function deliverMissed<Item extends Numbered>(
  { log, broadcaster }: Stream<Item>,
  key: string,
  head: Head | null,
  after: number,
): Promise<void> {
  let last = broadcaster.position(key) ?? after;
  if (head && head.seq > last) {
    for await (const item of log.read(key, last, broadcaster.latest(key))) {
      broadcaster.publish(key, entryOf(item));
      last = item.seq;
    }
  }
  if (head && !head.hasEnded) return;
  const seq = last + 1;
  broadcaster.publish(key, { seq, item: log.lastItem(key, seq), isLast: true });
}
