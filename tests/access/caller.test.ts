import { describe, expect, test } from 'vitest';
import { callerFromHeaders, callerFromParams, NOBODY } from '../../src/access/caller.ts';

const user = { sessionId: 's1', userId: 'u1' };

describe('connection parameters', () => {
  test('name a user of a session, and may say more', () => {
    expect(callerFromParams({ ...user, token: 'x' })).toEqual({ ...NOBODY, user });
  });

  test.each([[undefined], [null], [{}], [{ sessionId: 's1' }], [{ sessionId: 1 }], [{ token: 'x' }]])(
    '%j name nobody',
    (params) => {
      expect(callerFromParams(params)).toEqual(NOBODY);
    },
  );

  test.each([
    [{ userId: 'u1' }],
    [{ sessionId: 's1', userId: 1 }],
    [{ sessionId: 's1', userId: null }],
    [{ sessionId: 1, userId: 'u1' }],
    [{ sessionId: ['s1'], userId: 'u1' }],
    ['u1'],
    [1],
  ])('%j do not fit', (params) => {
    expect(callerFromParams(params)).toBeNull();
  });
});

describe('headers', () => {
  test('name a user of a session', () => {
    const headers = { 'x-session-id': 's1', 'x-user-id': 'u1', host: 'localhost' };
    expect(callerFromHeaders(headers)).toEqual({ ...NOBODY, user });
  });

  test.each([
    [{}],
    [{ 'x-session-id': 's1' }],
    [{ 'x-user-id': 'u1' }],
    [{ 'x-session-id': 's1', 'x-user-id': ['u1', 'u2'] }],
  ])('%j name nobody', (headers) => {
    expect(callerFromHeaders(headers)).toEqual(NOBODY);
  });
});
