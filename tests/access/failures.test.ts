import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Failures } from '../../src/access/failures.ts';
import { TooManyFailuresError, UnauthenticatedError } from '../../src/errors.ts';

let failures: Failures;
beforeEach(() => {
  vi.useFakeTimers();
  failures = new Failures();
});
afterEach(() => {
  vi.useRealTimers();
});

function fail(address: string): unknown {
  try {
    return failures.check(null, address);
  } catch (error) {
    return error;
  }
}

test('ten failures in a minute are 401, the next ones 429 with the time to wait', () => {
  for (let count = 1; count <= 10; count += 1) {
    expect(fail('a')).toBeInstanceOf(UnauthenticatedError);
    vi.advanceTimersByTime(1_000);
  }
  for (let count = 0; count < 3; count += 1) {
    const error = fail('a');
    expect(error).toBeInstanceOf(TooManyFailuresError);
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 50 });
  }
});

test('what is valid goes on, and so do other addresses', () => {
  for (let count = 0; count < 20; count += 1) fail('a');
  expect(failures.check('valid', 'a')).toBe('valid');
  expect(fail('b')).toBeInstanceOf(UnauthenticatedError);
});

test('a minute after the first failure the count starts again', () => {
  for (let count = 0; count < 20; count += 1) fail('a');
  vi.advanceTimersByTime(60_001);
  expect(fail('a')).toBeInstanceOf(UnauthenticatedError);
});

test('of many addresses only the latest are remembered', () => {
  for (let count = 0; count < 11; count += 1) fail('a');
  for (let count = 0; count < 10_000; count += 1) fail(`flood ${count}`);
  expect(fail('a')).toBeInstanceOf(UnauthenticatedError);
});
