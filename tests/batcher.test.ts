import { expect, test } from 'vitest';
import { Batcher } from '../src/batcher.ts';

/** A batcher whose groups end when the test says so. */
function held(largest = 100, concurrent = 1) {
  const groups: string[][] = [];
  const ends: ((failure?: Error) => void)[] = [];
  const batcher = new Batcher<string, string>(
    (items) => {
      groups.push([...items]);
      const ended = new Promise<void>((resolve, reject) => {
        ends.push((failure) => (failure ? reject(failure) : resolve()));
      });
      return async (item) => {
        await ended;
        return `${item}!`;
      };
    },
    largest,
    concurrent,
  );
  const endNext = async (failure?: Error) => {
    await expect.poll(() => ends.length).toBeGreaterThan(0);
    ends.shift()?.(failure);
  };
  return { batcher, groups, endNext };
}

test('one alone waits for nobody, and what comes meanwhile goes together', async () => {
  const { batcher, groups, endNext } = held();
  const first = batcher.run('a');
  await Promise.resolve();
  expect(groups).toEqual([['a']]);

  const rest = ['b', 'c', 'd'].map((item) => batcher.run(item));
  expect(groups).toHaveLength(1);
  await endNext();
  expect(await first).toBe('a!');
  await endNext();
  expect(await Promise.all(rest)).toEqual(['b!', 'c!', 'd!']);
  expect(groups).toEqual([['a'], ['b', 'c', 'd']]);
});

test('as many groups are at work as may be, and what comes meanwhile goes together', async () => {
  const { batcher, groups, endNext } = held(100, 2);
  const first = batcher.run('a');
  await Promise.resolve();
  const second = batcher.run('b');
  await Promise.resolve();
  const rest = ['c', 'd'].map((item) => batcher.run(item));
  await Promise.resolve();
  expect(groups).toEqual([['a'], ['b']]);

  await endNext();
  expect(await first).toBe('a!');
  await expect.poll(() => groups).toEqual([['a'], ['b'], ['c', 'd']]);
  await endNext();
  await endNext();
  expect(await second).toBe('b!');
  expect(await Promise.all(rest)).toEqual(['c!', 'd!']);
});

test('what is asked for in one turn goes together', async () => {
  const { batcher, groups, endNext } = held();
  const both = Promise.all([batcher.run('a'), batcher.run('b')]);
  await endNext();
  expect(await both).toEqual(['a!', 'b!']);
  expect(groups).toEqual([['a', 'b']]);
});

test('a group that fails fails its own items, and the next goes on', async () => {
  const { batcher, endNext } = held();
  const first = batcher.run('a');
  await Promise.resolve();
  const second = batcher.run('b');
  await endNext(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await endNext();
  expect(await second).toBe('b!');
});

test('a group is bounded', async () => {
  const { batcher, groups, endNext } = held(2);
  const all = Promise.all(['a', 'b', 'c'].map((item) => batcher.run(item)));
  await endNext();
  await endNext();
  expect(await all).toEqual(['a!', 'b!', 'c!']);
  expect(groups).toEqual([['a', 'b'], ['c']]);
});
