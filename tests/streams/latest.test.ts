import { beforeEach, expect, test } from 'vitest';
import { followNewest } from '../../src/streams/latest.ts';
import { END, type Source } from '../../src/streams/source.ts';
import { Stream } from '../../src/streams/stream.ts';
import { type Item, itemOf, KEY, MemoryLog } from '../support/memory-log.ts';
import { pull, pullNow, pullRest } from '../support/pull.ts';

const CLOSING = new Error('closing');

let log: MemoryLog;
let stream: Stream<Item>;
beforeEach(() => {
  log = new MemoryLog();
  const interruptions = { slow: () => new Error('slow'), closing: () => CLOSING };
  stream = new Stream<Item>(log, interruptions, (error) => {
    throw error;
  });
});

const append = () => stream.broadcaster.publish(KEY, log.append());
const listenerCount = () => stream.broadcaster.listenerCount;

/** Calls `then` when the log, which has one item, was read to its end, and before the reader knows. */
function afterRead(then: () => void): void {
  log.onItem = (seq) => {
    if (seq !== 2) return;
    log.onItem = () => {};
    then();
  };
}

async function open(): Promise<Source<Item>> {
  const source = await followNewest(stream, KEY);
  if (!source) throw new Error('There is no log');
  return source;
}

test('gives the newest item, then each that comes', async () => {
  append();
  append();
  const source = await open();
  expect(pullNow(source)).toEqual({ item: itemOf(2) });
  const pulled = pull(source);
  append();
  expect(await pulled).toEqual({ item: itemOf(3) });
});

test('gives an item that comes while the newest is read once', async () => {
  append();
  afterRead(append);
  const source = await open();
  expect(pullNow(source)).toEqual({ item: itemOf(2) });
  const pulled = pull(source);
  append();
  expect(await pulled).toEqual({ item: itemOf(3) });
});

test('reads again when others were given an item before the log showed it', async () => {
  append();
  await open();
  stream.broadcaster.publish(KEY, { seq: 2, item: itemOf(2), isLast: false });
  afterRead(() => void log.append());
  expect(pullNow(await open())).toEqual({ item: itemOf(2) });
});

test('skips to the newest for a slow reader, however much comes', async () => {
  append();
  const source = await open();
  expect(pullNow(source)).toEqual({ item: itemOf(1) });
  for (let left = 5_000; left > 0; left -= 1) append();
  expect(pullNow(source)).toEqual({ item: itemOf(5_001) });
});

test('returns null when there is no such log, and leaves no listener', async () => {
  expect(await followNewest(stream, 'none')).toBeNull();
  expect(listenerCount()).toBe(0);
});

test('leaves no listener when the log cannot be read', async () => {
  const away = new Error('away');
  log.onItem = () => Promise.reject(away);
  await expect(followNewest(stream, KEY)).rejects.toBe(away);
  expect(listenerCount()).toBe(0);
});

test('ends with the log, after the newest item', async () => {
  append();
  const source = await open();
  append();
  append();
  stream.broadcaster.publish(KEY, log.end());
  expect(listenerCount()).toBe(0);
  expect(await pullRest(source)).toEqual([1, 3]);
});

test('ends after the item that tells the end', async () => {
  log.hasLastItem = true;
  append();
  const source = await open();
  stream.broadcaster.publish(KEY, log.remove());
  expect(listenerCount()).toBe(0);
  expect(await pullRest(source)).toEqual([1, 2]);
});

test('gives nothing after it was closed, and leaves no listener', async () => {
  append();
  const source = await open();
  append();
  source.close();
  expect(pullNow(source)).toEqual(END);
  expect(listenerCount()).toBe(0);
});

test('ends with an error when the server shuts down', async () => {
  append();
  const source = await open();
  pullNow(source);
  const pulled = pull(source);
  stream.broadcaster.close();
  expect(await pulled).toEqual({ error: CLOSING });
});
