import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TooManyExecutionsError } from '../../src/errors.ts';
import { ExecutionQueue, type Place } from '../../src/executions/execution-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A queue whose programs have names: the lane, and how many entered it before. */
function open(maxRunning: number, maxWaiting: number) {
  const queue = new ExecutionQueue(maxRunning, maxWaiting);
  const places = new Map<string, Place>();
  const granted: string[] = [];
  const counts = new Map<string, number>();
  const enter = (lane: string) => {
    const place = queue.enter(lane);
    const name = `${lane}${counts.get(lane) ?? 0}`;
    counts.set(lane, (counts.get(lane) ?? 0) + 1);
    places.set(name, place);
    place.granted.then(() => granted.push(name));
  };
  return {
    granted,
    enter: (lanes: string) => {
      for (const lane of lanes) enter(lane);
    },
    release: async (name: string) => {
      places.get(name)?.release();
      await null;
    },
    /** Returns the seconds after which a caller for whom there is no place may try again. */
    retryAfter: (lane: string): number => {
      try {
        queue.enter(lane);
      } catch (error) {
        if (error instanceof TooManyExecutionsError) return error.retryAfter;
      }
      throw new Error('There was a place');
    },
  };
}

/** Releases each program as soon as it runs, and returns the order in which they ran. */
async function runAll({ granted, release }: ReturnType<typeof open>): Promise<string[]> {
  await null;
  for (let next = 0; next < granted.length; next += 1) await release(granted[next] ?? '');
  return granted;
}

describe('fairness', () => {
  test('as many run as may, the rest in order of coming', async () => {
    const queue = open(2, 10);
    queue.enter('aaaa');
    await null;
    expect(queue.granted).toEqual(['a0', 'a1']);
    await queue.release('a1');
    expect(queue.granted).toEqual(['a0', 'a1', 'a2']);
  });

  test('lanes take turns, however many wait in one', async () => {
    const queue = open(1, 20);
    queue.enter('aaaaabbc');
    // When a0 ran, the other lanes had not come yet.
    expect(await runAll(queue)).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1', 'a3', 'a4']);
  });

  test('a lane with fewer running comes first, though another waits for longer', async () => {
    const queue = open(3, 20);
    queue.enter('aab');
    queue.enter('aabb');
    await queue.release('b0');
    expect(queue.granted).toEqual(['a0', 'a1', 'b0', 'b1']);
    await queue.release('a0');
    expect(queue.granted.at(-1)).toBe('a2');
  });

  test('a lane alone has all places to run', async () => {
    const queue = open(4, 2);
    queue.enter('aaaa');
    await null;
    expect(queue.granted).toHaveLength(4);
  });
});

describe('places to wait', () => {
  test('a lane holds half of them, and another gets the rest', () => {
    const queue = open(1, 6);
    queue.enter('a');
    queue.enter('aaa');
    expect(() => queue.enter('a')).toThrow(TooManyExecutionsError);
    queue.enter('bbb');
    expect(() => queue.enter('c')).toThrow(TooManyExecutionsError);
  });

  test('a lane holds the one place that there is', () => {
    const queue = open(1, 1);
    queue.enter('aa');
    expect(() => queue.enter('b')).toThrow(TooManyExecutionsError);
  });

  test('a program that starts to run leaves its place to another', async () => {
    const queue = open(1, 2);
    queue.enter('aa');
    expect(() => queue.enter('a')).toThrow(TooManyExecutionsError);
    await queue.release('a0');
    queue.enter('a');
    await queue.release('a1');
    expect(queue.granted).toEqual(['a0', 'a1', 'a2']);
  });
});

describe('release', () => {
  test('before the grant gives the place up and resolves the grant', async () => {
    const queue = open(1, 2);
    queue.enter('ab');
    await queue.release('b0');
    expect(queue.granted).toEqual(['a0', 'b0']);
    queue.enter('bc');
    await queue.release('a0');
    expect(queue.granted).toEqual(['a0', 'b0', 'b1']);
  });

  test('a second time starts nobody', async () => {
    const queue = open(1, 10);
    queue.enter('aaa');
    await queue.release('a0');
    await queue.release('a0');
    expect(queue.granted).toEqual(['a0', 'a1']);
  });

  test('a second time leaves the lane its turn', async () => {
    const queue = open(3, 10);
    queue.enter('baa');
    await queue.release('a0');
    await queue.release('a0');
    queue.enter('cab');
    await queue.release('c0');
    // One of each lane runs, and a's turn was later than b's.
    expect(queue.granted.at(-1)).toBe('b1');
  });

  test('before the grant and again starts nobody', async () => {
    const queue = open(1, 10);
    queue.enter('aaa');
    await queue.release('a1');
    await queue.release('a1');
    expect(queue.granted).toEqual(['a0', 'a1']);
    await queue.release('a0');
    expect(queue.granted).toEqual(['a0', 'a1', 'a2']);
  });
});

describe('the seconds after which to try again', () => {
  test('are what is ahead by the mean, over the programs that run at once', () => {
    const queue = open(2, 8);
    queue.enter('aaaaaabbbb');
    // Ten programs of a second each, two at once.
    expect(queue.retryAfter('c')).toBe(5);
    vi.advanceTimersByTime(500);
    expect(queue.retryAfter('c')).toBe(5);
    vi.advanceTimersByTime(500);
    // The two that run have outlived the mean: each is expected to run for as long again.
    vi.advanceTimersByTime(2_000);
    expect(queue.retryAfter('c')).toBe(7);
  });

  test('follow how long programs run', async () => {
    const queue = open(1, 2);
    queue.enter('a');
    vi.advanceTimersByTime(21_000);
    await queue.release('a0');
    queue.enter('abc');
    // A tenth of the way from one second to 21: three seconds for each of the three.
    expect(queue.retryAfter('d')).toBe(9);
  });

  test('are one at least', () => {
    const queue = open(100, 1);
    queue.enter('a'.repeat(101));
    vi.advanceTimersByTime(999);
    expect(queue.retryAfter('b')).toBe(1);
  });

  test('are sixty at most', () => {
    const queue = open(1, 2);
    queue.enter('abc');
    vi.advanceTimersByTime(3_600_000);
    expect(queue.retryAfter('d')).toBe(60);
  });
});
