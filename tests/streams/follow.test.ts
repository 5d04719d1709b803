import { beforeEach, describe, expect, test } from 'vitest';
import { follow } from '../../src/streams/follow.ts';
import type { Entry, Head } from '../../src/streams/log.ts';
import { END } from '../../src/streams/source.ts';
import { Stream } from '../../src/streams/stream.ts';
import { type Item, itemOf, KEY, MemoryLog } from '../support/memory-log.ts';
import { pull, pullNow, pullRest, pullSeqs } from '../support/pull.ts';

const SLOW = new Error('slow');
const CLOSING = new Error('closing');
const AWAY = new Error('away');

let log: MemoryLog;
let stream: Stream<Item>;
beforeEach(() => {
  log = new MemoryLog();
  const interruptions = { slow: () => SLOW, closing: () => CLOSING };
  stream = new Stream<Item>(log, interruptions, (error) => {
    throw error;
  });
});

const deliver = (entry: Entry<Item>) => stream.broadcaster.publish(KEY, entry);

/** Appends so many items, each delivered. */
function append(count = 1): void {
  for (let left = count; left > 0; left -= 1) deliver(log.append());
}

/** Appends so many items that are never delivered. */
function lose(count = 1): void {
  for (let left = count; left > 0; left -= 1) log.append();
}

const followFrom = (after: number) => follow(stream, KEY, () => after);
const listenerCount = () => stream.broadcaster.listenerCount;

/** Lets everything run that waits for promises alone. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('nothing falls between listening and reading', () => {
  test('when items are appended while the head is looked up', async () => {
    append(2);
    log.onHead = () => append(2);
    const source = await followFrom(0);
    expect(await pullSeqs(source, 4)).toEqual([1, 2, 3, 4]);
    append();
    expect(await pull(source)).toEqual({ item: itemOf(5) });
  });

  test('when a reader of new items alone comes while some are appended', async () => {
    append(2);
    log.onHead = () => append();
    let start = 0;
    const source = await follow(stream, KEY, (head) => {
      start = head?.seq ?? 0;
      return start;
    });
    expect(await pullSeqs(source, 1)).toEqual([start + 1]);
  });

  test('when items are appended between the head and the first pull', async () => {
    append(1);
    const source = await followFrom(0);
    append(2);
    expect(await pullSeqs(source, 3)).toEqual([1, 2, 3]);
  });

  test('when items are appended while the missed ones are read', async () => {
    append(3);
    log.onItem = (seq) => seq < 6 && append();
    const source = await followFrom(0);
    expect(await pullSeqs(source, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('when others were given an item before the log shows it', async () => {
    lose(3);
    await followFrom(3);
    deliver({ seq: 4, item: itemOf(4), isLast: false });
    log.onHead = () => {
      log.onHead = () => {};
      lose();
    };
    const heads: (Head | null)[] = [];
    await follow(stream, KEY, (head) => heads.push(head) && 0);
    expect(heads).toEqual([{ seq: 4, hasEnded: false }]);
  });
});

describe('each item comes once and in order', () => {
  test('when it is delivered and read from the log', async () => {
    const source = await followFrom(0);
    append(1_000);
    const late = await followFrom(0);
    append(1_000);
    expect(await pullSeqs(late, 2_000)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect(await pull(source)).toEqual({ error: SLOW });
  });

  test('when deliveries are repeated and come in disorder', async () => {
    const source = await followFrom(0);
    const [first, second, third] = [log.append(), log.append(), log.append()];
    for (const entry of [third, first, third, second]) deliver(entry);
    expect(await pullSeqs(source, 3)).toEqual([1, 2, 3]);
    append();
    expect(await pull(source)).toEqual({ item: itemOf(4) });
  });

  test('when deliveries are lost, and the log is read for the gap alone', async () => {
    append(5);
    const source = await followFrom(5);
    append();
    expect(pullNow(source)).toEqual({ item: itemOf(6) });
    expect(log.itemReads).toBe(0);
    lose(3);
    append();
    expect(await pullSeqs(source, 4)).toEqual([7, 8, 9, 10]);
    append();
    expect(await pull(source)).toEqual({ item: itemOf(11) });
    expect(log.itemReads).toBe(1);
  });
});

describe('the stream ends with its log', () => {
  test('at an end that no item tells', async () => {
    const source = await followFrom(0);
    append();
    deliver(log.end());
    expect(await pullRest(source)).toEqual([1]);
    expect(listenerCount()).toBe(0);
    expect(pullNow(source)).toEqual(END);
  });

  test('after the item that tells the end', async () => {
    log.hasLastItem = true;
    const source = await followFrom(0);
    append();
    deliver(log.remove());
    expect(pullNow(source)).toEqual({ item: itemOf(1) });
    expect(pullNow(source)).toEqual({ item: { seq: 2, text: 'last' } });
    expect(pullNow(source)).toEqual(END);
    expect(listenerCount()).toBe(0);
  });

  test('after what was lost before the end', async () => {
    const source = await followFrom(0);
    lose(2);
    deliver(log.end());
    expect(await pullRest(source)).toEqual([1, 2]);
  });

  test('after what was lost, though the log is gone', async () => {
    log.hasLastItem = true;
    const source = await followFrom(0);
    lose(2);
    deliver(log.remove());
    expect(await pullRest(source)).toEqual([3]);
    expect(listenerCount()).toBe(0);
  });

  test('with a number for the last item that rises, however low the end was numbered', async () => {
    log.hasLastItem = true;
    const source = await followFrom(0);
    lose();
    append();
    lose(2);
    expect(await pullSeqs(source, 4)).toEqual([1, 2, 3, 4]);
    deliver({ seq: 3, item: log.lastItem(KEY, 3), isLast: true });
    expect(await pullRest(source)).toEqual([5]);
  });

  test('at once when it had ended and everything is known', async () => {
    append();
    log.end();
    const source = await followFrom(1);
    expect(pullNow(source)).toEqual(END);
    expect(listenerCount()).toBe(0);
  });

  test('after the items that are missed when it had ended', async () => {
    append(2);
    log.end();
    expect(await pullRest(await followFrom(0))).toEqual([1, 2]);
    expect(listenerCount()).toBe(0);
  });

  test('at once when there is none and `start` does not mind', async () => {
    expect(pullNow(await follow(stream, 'none', () => 0))).toEqual(END);
    expect(listenerCount()).toBe(0);
  });
});

describe('nobody listens any more', () => {
  test('when `start` throws', async () => {
    const following = follow(stream, 'none', (head) => {
      expect([head, listenerCount()]).toEqual([null, 1]);
      throw AWAY;
    });
    await expect(following).rejects.toBe(AWAY);
    expect(listenerCount()).toBe(0);
  });

  test('when the head cannot be read', async () => {
    log.onHead = () => Promise.reject(AWAY);
    await expect(followFrom(0)).rejects.toBe(AWAY);
    expect(listenerCount()).toBe(0);
  });

  test('when the reader closes while it waits, and the pull gets the end', async () => {
    const source = await followFrom(0);
    const pulled = pull(source);
    source.close();
    expect(await pulled).toEqual(END);
    expect(listenerCount()).toBe(0);
    expect(pullNow(source)).toEqual(END);
  });

  test('when the reader closes while the log is read, and the pull gets the end', async () => {
    append(2);
    const source = await followFrom(0);
    log.onItem = () => source.close();
    expect(await pull(source)).toEqual(END);
    expect(listenerCount()).toBe(0);
  });

  test('when the reader closes while a read is about to fail, and the pull gets the end', async () => {
    append();
    const source = await followFrom(0);
    log.onItem = () => {
      source.close();
      throw AWAY;
    };
    expect(await pull(source)).toEqual(END);
  });

  test('when the log cannot be read, and the pull gets that error', async () => {
    append(3);
    const source = await followFrom(0);
    log.onItem = (seq) => {
      if (seq === 2) throw AWAY;
    };
    expect(await pullSeqs(source, 1)).toEqual([1]);
    expect(await pull(source)).toEqual({ error: AWAY });
    expect(listenerCount()).toBe(0);
    expect(pullNow(source)).toEqual(END);
  });
});

describe('the stream is interrupted', () => {
  test('when its reader is too slow', async () => {
    const source = await followFrom(0);
    append(1_000);
    expect(listenerCount()).toBe(1);
    append();
    expect(listenerCount()).toBe(0);
    expect(pullNow(source)).toEqual({ error: SLOW });
    expect(pullNow(source)).toEqual(END);
  });

  test('when too much comes while its reader reads the log', async () => {
    append();
    const source = await followFrom(0);
    log.onItem = (seq) => seq === 1 && append(1_001);
    await expect(pullRest(source)).rejects.toBe(SLOW);
    expect(listenerCount()).toBe(0);
  });

  test('when the server shuts down while its reader waits', async () => {
    const source = await followFrom(0);
    const pulled = pull(source);
    await settle();
    stream.broadcaster.close();
    expect(await pulled).toEqual({ error: CLOSING });
    expect(listenerCount()).toBe(0);
  });

  test('when it starts after the server has shut down', async () => {
    stream.broadcaster.close();
    expect(pullNow(await followFrom(0))).toEqual({ error: CLOSING });
  });
});
