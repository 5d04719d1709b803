import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StaggeredInterval } from '../src/staggered-interval.ts';

let called: number[];
let interval: StaggeredInterval<number>;
beforeEach(() => {
  vi.useFakeTimers();
  called = [];
  interval = new StaggeredInterval<number>(10_000, (item) => called.push(item));
});
afterEach(() => {
  interval.close();
  vi.useRealTimers();
});

/** Returns what was called in so many milliseconds. */
function callsIn(ms: number): number[] {
  vi.advanceTimersByTime(ms);
  return called.splice(0);
}

test('calls each item once an interval, at its own time, and few of them at once', () => {
  const all = Array.from({ length: 500 }, (_, i) => i);
  for (const item of all) interval.add(item);
  const steps = Array.from({ length: 50 }, () => callsIn(200));
  expect(steps.flat().toSorted((a, b) => a - b)).toEqual(all);
  for (const step of steps) expect(step).toHaveLength(10);
  expect(Array.from({ length: 50 }, () => callsIn(200))).toEqual(steps);
});

test('calls an item no more that was removed, and nothing after the end', () => {
  const remove = interval.add(1);
  interval.add(2);
  remove();
  expect(callsIn(10_000)).toEqual([2]);
  interval.close();
  expect(callsIn(20_000)).toEqual([]);
});
