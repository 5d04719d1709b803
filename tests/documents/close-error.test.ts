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
  const close = toCloseError(error);
  expect(close?.code).toBe(code);
  expect(Buffer.byteLength(close?.message ?? LONG)).toBeLessThanOrEqual(123);
});

test('an unforeseen error is not told', () => {
  expect(toCloseError(new Error('secret'))).toBeNull();
});
