import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type BusTopic, busTopic } from '../../src/bus/bus.ts';
import { follow } from '../../src/streams/follow.ts';
import { KeyedMutex } from '../../src/streams/keyed-mutex.ts';
import type { Entry } from '../../src/streams/log.ts';
import { Stream } from '../../src/streams/stream.ts';
import { type Appended, appended, deliverBefore, keepInSync } from '../../src/streams/sync.ts';
import { MemoryBus } from '../support/memory-bus.ts';
import { type Item, KEY, MemoryLog } from '../support/memory-log.ts';
import { pullRest } from '../support/pull.ts';

const POLL_MS = 5_000;
const topic: BusTopic<Appended> = { name: 'appended', schema: appended };
const interruptions = { slow: () => new Error('slow'), closing: () => new Error('closing') };

let log: MemoryLog;
let bus: MemoryBus;
let mutex: KeyedMutex;
let stream: Stream<Item>;
let stop: () => void;
let reported: unknown[];
beforeEach(() => {
  vi.useFakeTimers();
  [log, bus, mutex, reported] = [new MemoryLog(), new MemoryBus(), new KeyedMutex(), []];
  const report = (error: unknown) => void reported.push(error);
  stream = new Stream<Item>(log, interruptions, report);
  stop = keepInSync(stream, { bus: bus.ofInstance(), topic, mutex, report });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** Listens as a reader that knows the log up to a number; null for one that does not know yet. */
function listen(from: number | null) {
  const seqs: number[] = [];
  const entries: Entry<Item>[] = [];
  stream.broadcaster.listen(KEY, {
    onEntry: (entry) => {
      entries.push(entry);
      seqs.push(entry.seq);
    },
  });
  if (from !== null) stream.broadcaster.startAt(KEY, from);
  return { seqs, entries };
}

/** Appends items as another instance does, which tells of them in one message. */
function appendElsewhere(count = 1): void {
  let seq = 0;
  for (let left = count; left > 0; left -= 1) seq = log.append().seq;
  bus.publish(topic, { key: KEY, after: seq - count, seq });
}

/** Expects an item of another instance to be delivered after what this process appends at the same time. */
async function expectToWait(append: () => void): Promise<void> {
  const { seqs } = listen(0);
  let finish = () => {};
  const writing = mutex.run(KEY, () => new Promise<void>((resolve) => (finish = resolve)));
  append();
  await settle();
  expect(seqs).toEqual([]);
  finish();
  await writing;
  await settle();
  expect(seqs).toEqual([1]);
}

/** Lets everything run that waits for promises alone. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a message of the bus', () => {
  test('makes the log be read once, for all listeners', async () => {
    const [one, two] = [listen(0), listen(0)];
    appendElsewhere(3);
    await settle();
    expect([one.seqs, two.seqs, log.itemReads]).toEqual([[1, 2, 3], [1, 2, 3], 1]);
  });

  test('that comes again, or late, makes nothing be read', async () => {
    const { seqs } = listen(0);
    appendElsewhere(3);
    await settle();
    const { headReads, itemReads } = log;
    bus.publish(topic, { key: KEY, after: 0, seq: 3 });
    bus.publish(topic, { key: KEY, after: 0, seq: 2 });
    await settle();
    expect([log.headReads, log.itemReads, seqs.length]).toEqual([headReads, itemReads, 3]);
  });

  test('gives a listener without a position the items that it tells of alone', async () => {
    appendElsewhere(3);
    const { seqs } = listen(null);
    appendElsewhere(2);
    await settle();
    expect(seqs).toEqual([4, 5]);
  });

  test('heals the loss of those before it', async () => {
    const { seqs } = listen(0);
    bus.losesAll = true;
    appendElsewhere(2);
    bus.losesAll = false;
    appendElsewhere();
    await settle();
    expect(seqs).toEqual([1, 2, 3]);
  });

  test('whose items cannot be read is reported', async () => {
    listen(0);
    const away = new Error('away');
    log.onItem = () => Promise.reject(away);
    appendElsewhere();
    await settle();
    expect(reported).toEqual([away]);
  });

  test('waits for what this process appends to the same log', () => expectToWait(appendElsewhere));
});

describe('a message that carries its item', () => {
  const carrying = busTopic('carrying', appended.extend({ text: z.string() }));
  beforeEach(() => {
    stop();
    const report = (error: unknown) => void reported.push(error);
    stop = keepInSync(stream, {
      bus: bus.ofInstance(),
      topic: carrying,
      itemOf: ({ seq, text }) => (text ? { seq, text } : null),
      mutex,
      report,
    });
  });

  function appendCarried(text = 'carried'): void {
    const { seq } = log.append();
    bus.publish(carrying, { key: KEY, after: seq - 1, seq, text });
  }

  test('delivers it without a read, once', async () => {
    const { entries } = listen(0);
    appendCarried();
    appendCarried();
    bus.publish(carrying, { key: KEY, after: 0, seq: 1, text: 'again' });
    await settle();
    expect(entries.map(({ item }) => item?.text)).toEqual(['carried', 'carried']);
    expect([log.headReads, log.itemReads]).toEqual([0, 0]);
  });

  test('makes the log be read when one before it was lost, or it carries nothing', async () => {
    const { entries } = listen(0);
    log.append();
    appendCarried();
    await settle();
    appendCarried('');
    await settle();
    expect(entries.map(({ item }) => item?.text)).toEqual(['item 1', 'item 2', 'item 3']);
  });

  test('waits for what this process appends to the same log', () => expectToWait(appendCarried));
});

describe('messages that are lost', () => {
  beforeEach(() => {
    bus.losesAll = true;
  });

  test('are healed by the poll every five seconds', async () => {
    const { seqs } = listen(0);
    appendElsewhere(2);
    await vi.advanceTimersByTimeAsync(POLL_MS - 1);
    expect([seqs, log.headReads]).toEqual([[], 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seqs).toEqual([1, 2]);
    appendElsewhere();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(seqs).toEqual([1, 2, 3]);
  });

  test('are healed at once when the bus says that it lost some', async () => {
    const { seqs } = listen(0);
    appendElsewhere(2);
    bus.gap();
    await settle();
    expect(seqs).toEqual([1, 2]);
  });

  test('are healed by the next poll when the log could not be read', async () => {
    const { seqs } = listen(0);
    appendElsewhere();
    const away = new Error('away');
    log.onHead = () => Promise.reject(away);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect([seqs, reported]).toEqual([[], [away]]);
    log.onHead = () => {};
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(seqs).toEqual([1]);
  });
});

test('a poll that finds nothing new reads no item', async () => {
  listen(0);
  appendElsewhere(2);
  await settle();
  const { itemReads, headReads } = log;
  await vi.advanceTimersByTimeAsync(2 * POLL_MS);
  expect([log.itemReads, log.headReads]).toEqual([itemReads, headReads + 2]);
});

test('a poll reads nothing for what is appended and delivered here meanwhile', async () => {
  const { seqs } = listen(0);
  const appendHere = () => stream.broadcaster.publish(KEY, log.append());
  appendHere();
  log.onHead = appendHere;
  await vi.advanceTimersByTimeAsync(POLL_MS);
  expect([seqs, log.headReads, log.itemReads]).toEqual([[1, 2], 1, 0]);
});

describe('listeners get the end', () => {
  test('of a log that has ended, after its last items', async () => {
    const { entries } = listen(0);
    log.append();
    log.end();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(entries.map(({ seq, isLast }) => [seq, isLast])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  test('of a log that is gone, with its last item', async () => {
    log.hasLastItem = true;
    const { entries } = listen(4);
    log.remove();
    bus.publish(topic, { key: KEY, after: 4, seq: 5 });
    await settle();
    expect(entries).toEqual([{ seq: 5, item: { seq: 5, text: 'last' }, isLast: true }]);
  });

  test.each([
    ['has ended', () => log.end()],
    ['is gone', () => log.remove()],
  ])('of a log that %s, though no message tells it', async (_, finish) => {
    const reading = follow(stream, KEY, () => 0).then((source) => pullRest(source));
    await settle();
    appendElsewhere(2);
    await settle();
    finish();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(await reading).toEqual([1, 2]);
    expect(stream.broadcaster.listenerCount).toBe(0);
  });
});

test('nothing is read when nobody listens', async () => {
  appendElsewhere(2);
  bus.gap();
  await vi.advanceTimersByTimeAsync(2 * POLL_MS);
  expect([log.headReads, log.itemReads]).toEqual([0, 0]);
});

test('nothing is read for a listener that left before its turn came', async () => {
  const leave = stream.broadcaster.listen(KEY, { onEntry: () => {} });
  stream.broadcaster.startAt(KEY, 0);
  appendElsewhere();
  leave();
  await settle();
  expect([log.headReads, log.itemReads]).toEqual([0, 0]);
});

test('nothing is read after it was stopped', async () => {
  const { seqs } = listen(0);
  stop();
  appendElsewhere(2);
  bus.gap();
  await vi.advanceTimersByTimeAsync(2 * POLL_MS);
  expect([seqs, log.headReads, vi.getTimerCount()]).toEqual([[], 0, 0]);
});

describe('before an item of this process', () => {
  test('come those that others appended', async () => {
    const { seqs } = listen(1);
    for (let left = 3; left > 0; left -= 1) log.append();
    const own = log.append();
    await deliverBefore(stream, KEY, own.seq);
    stream.broadcaster.publish(KEY, own);
    expect(seqs).toEqual([2, 3, 4]);
  });

  test('nothing is read when nobody listens, or nothing is missing', async () => {
    const own = log.append();
    await deliverBefore(stream, KEY, own.seq);
    listen(null);
    await deliverBefore(stream, KEY, own.seq);
    stream.broadcaster.startAt(KEY, 0);
    await deliverBefore(stream, KEY, own.seq);
    expect(log.itemReads).toBe(0);
  });

  test('nothing is told of an end, though items are gone with the log', async () => {
    const { seqs } = listen(1);
    log.remove();
    await deliverBefore(stream, KEY, 5);
    expect(seqs).toEqual([]);
  });
});
