import { expect, test } from 'vitest';
import { RecordCache } from '../../src/access/record-cache.ts';

/** A database whose answers the test gives, in the order of the reads. */
function answering() {
  const reads: { ids: readonly string[]; answer: (records: { id: string; role: string }[]) => void }[] = [];
  const cache = new RecordCache<{ id: string; role: string }>(
    (ids) => new Promise((answer) => void reads.push({ ids, answer })),
  );
  const nextRead = async () => {
    await expect.poll(() => reads.length, { interval: 1 }).toBeGreaterThan(0);
    const read = reads.shift();
    if (!read) throw new Error('No read');
    return read;
  };
  return { cache, reads, nextRead };
}

const HOST = { id: 'a', role: 'HOST' };
const OBSERVER = { id: 'a', role: 'OBSERVER' };

test('a record is kept for a moment', async () => {
  const { cache, reads, nextRead } = answering();
  const found = cache.find('a');
  (await nextRead()).answer([HOST]);
  expect(await found).toBe(HOST);
  expect(await cache.find('a')).toBe(HOST);
  expect(reads).toEqual([]);
});

test('what is asked for at once is read at once', async () => {
  const { cache, nextRead } = answering();
  const found = Promise.all(['a', 'b', 'a'].map((id) => cache.find(id)));
  const { ids, answer } = await nextRead();
  expect(ids).toEqual(['a', 'b']);
  answer([HOST]);
  expect(await found).toEqual([HOST, null, HOST]);
});

test('what changed while it was read is not kept', async () => {
  const { cache, nextRead } = answering();
  const before = cache.find('a');
  const read = await nextRead();
  cache.forget(({ id }) => id === 'a');
  read.answer([HOST]);
  expect(await before).toBe(HOST);
  const after = cache.find('a');
  (await nextRead()).answer([OBSERVER]);
  expect(await after).toBe(OBSERVER);
});

test('what changed is read again, and the rest is kept', async () => {
  const { cache, reads, nextRead } = answering();
  const found = Promise.all(['a', 'b'].map((id) => cache.find(id)));
  (await nextRead()).answer([HOST, { id: 'b', role: 'HOST' }]);
  await found;
  cache.forget(({ id }) => id === 'a');
  expect(await cache.find('b')).toMatchObject({ id: 'b' });
  expect(reads).toEqual([]);
  const again = cache.find('a');
  (await nextRead()).answer([]);
  expect(await again).toBeNull();
});
