import { expect, test } from 'vitest';
import { CloseError, toCloseError } from '../../src/documents/close-error.ts';
import {
  DocumentTooLargeError,
  EditRefusedError,
  InvalidInputError,
  ServiceUnavailableError,
  SessionNotFoundError,
  ShuttingDownError,
  TooManySocketsError,
  UserNotFoundError,
} from '../../src/errors.ts';

const LONG = 'ä'.repeat(1_000);

test.each<[Error, number]>([
  [new EditRefusedError('it is malformed'), 4400],
  [new InvalidInputError('changes', LONG), 4400],
  [new UserNotFoundError(LONG), 4403],
  [new SessionNotFoundError(LONG), 4404],
  [new DocumentTooLargeError(2_097_152), 4413],
  [new ServiceUnavailableError(), 1013],
  [new TooManySocketsError(), 1013],
  [new ShuttingDownError(), 1013],
  [new CloseError(4410, 'Reset'), 4410],
])('%o closes with %i, and a reason that fits into a close frame', (error, code) => {
  const reported: unknown[] = [];
  const close = toCloseError(error, (each) => reported.push(each));
  expect(close.code).toBe(code);
  expect(Buffer.byteLength(close.message)).toBeLessThanOrEqual(123);
  expect(reported).toEqual([]);
});

test.each([
  [new Error('secret'), 1011, 'Internal server error'],
  [new Error('Connection terminated: secret'), 1013, 'SERVICE_UNAVAILABLE'],
])('%o is reported, and not told', (error, code, message) => {
  const reported: unknown[] = [];
  expect(toCloseError(error, (each) => reported.push(each))).toMatchObject({ code, message });
  expect(reported).toEqual([error]);
});
