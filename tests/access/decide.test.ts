import { describe, expect, test } from 'vitest';
import { callerOf, NOBODY, STRANGER } from '../../src/access/caller.ts';
import { decide, decideOnExecution, decideOutside } from '../../src/access/decide.ts';
import { type Identity, referenceOf, type Scope } from '../../src/access/identity.ts';
import type { OutsideAction, SessionAction } from '../../src/access/rights.ts';
import { AppError, ERRORS } from '../../src/errors.ts';

const participant = (role: 'HOST' | 'CANDIDATE' | 'OBSERVER', sessionId = 's1', userId = 'me'): Identity => ({
  kind: 'PARTICIPANT',
  tokenId: 't1',
  sessionId,
  userId,
  role,
  expiresAt: null,
  expiresWithSession: false,
});
const ticket = (role: 'HOST' | 'OBSERVER', sessionId = 's1'): Identity => ({
  kind: 'TICKET',
  tokenId: 't1',
  sessionId,
  userId: 'me',
  role,
  expiresAt: null,
  expiresWithSession: false,
});
const key = (id: string, ...scopes: Scope[]): Identity => ({
  kind: 'API_KEY',
  id,
  name: id,
  scopes,
  expiresAt: null,
});
const openId = (id: string): Identity => ({
  kind: 'OIDC',
  id,
  name: null,
  scopes: ['SESSIONS'],
  expiresAt: new Date(8e12),
});

/** The columns: every kind of credential, as it stands to a session or an execution that `k1` owns. */
const CALLERS = {
  open: NOBODY.identity,
  none: STRANGER.identity,
  system: { kind: 'SYSTEM' },
  elsewhere: participant('HOST', 's2'),
  observer: participant('OBSERVER'),
  candidate: participant('CANDIDATE'),
  host: participant('HOST'),
  hostTicket: ticket('HOST'),
  foreignTicket: ticket('HOST', 's2'),
  owner: key('k1', 'SESSIONS'),
  ownerToExecute: key('k1', 'EXECUTE'),
  ownerOfAll: key('k1', 'SESSIONS', 'EXECUTE', 'METRICS', 'ADMIN'),
  admin: key('k2', 'ADMIN'),
  otherKey: key('k2', 'SESSIONS', 'EXECUTE', 'METRICS'),
  openId: openId('k1'),
} as const satisfies Record<string, Identity>;
type Column = keyof typeof CALLERS;

/** What came of it: `y` yes, or the HTTP status. */
type Outcome = 'y' | 401 | 403 | 404;

function outcome(work: () => unknown): Outcome {
  try {
    work();
    return 'y';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { status } = ERRORS[error.code];
    if (status !== 401 && status !== 403 && status !== 404) throw error;
    return status;
  }
}

const columns = Object.keys(CALLERS) as Column[];
const row = (...outcomes: Outcome[]) =>
  Object.fromEntries(columns.map((column, index) => [column, outcomes[index]]));
const each = (attempt: (identity: Identity) => unknown) =>
  Object.fromEntries(columns.map((column) => [column, outcome(() => attempt(CALLERS[column]))]));

const ACTIVE = { id: 's1', owner: 'key:k1', status: 'ACTIVE', locks: '' } as const;
const COMPLETED = { ...ACTIVE, status: 'COMPLETED' } as const;
const locked = (locks: string) => ({ ...ACTIVE, locks });

//                     open none sys else obs  can  host tick fTic own  exe  all  adm  other oidc
const NOT_CANDIDATE = row('y', 401, 'y', 404, 403, 403, 'y', 403, 404, 'y', 404, 'y', 'y', 404, 404);
const CANDIDATE_TOO = row('y', 401, 'y', 404, 403, 'y', 'y', 403, 404, 'y', 404, 'y', 'y', 404, 404);
const READERS = row('y', 401, 'y', 404, 'y', 'y', 'y', 'y', 404, 'y', 404, 'y', 'y', 404, 404);
const ON_SELF = row('y', 401, 'y', 404, 'y', 'y', 'y', 403, 404, 'y', 404, 'y', 'y', 404, 404);
const OWN_PRESENCE = row('y', 401, 'y', 404, 'y', 'y', 'y', 403, 404, 403, 404, 403, 403, 404, 404);
const OTHERS_PRESENCE = row('y', 401, 'y', 404, 403, 403, 403, 403, 404, 403, 404, 403, 403, 404, 404);

describe('in a session', () => {
  test.each<
    [
      SessionAction,
      string,
      typeof ACTIVE | typeof COMPLETED | ReturnType<typeof locked>,
      string | null,
      object,
    ]
  >([
    ['READ', 'active', ACTIVE, null, READERS],
    ['READ', 'completed', COMPLETED, null, READERS],
    ['EDIT', 'active', ACTIVE, null, CANDIDATE_TOO],
    ['EDIT', 'completed', COMPLETED, null, NOT_CANDIDATE],
    ['EDIT', 'locked', locked('EDITING'), null, NOT_CANDIDATE],
    ['EDIT', 'locked for running', locked('RUNNING'), null, CANDIDATE_TOO],
    ['RUN', 'active', ACTIVE, null, CANDIDATE_TOO],
    ['RUN', 'completed', COMPLETED, null, NOT_CANDIDATE],
    ['RUN', 'locked', locked('EDITING,RUNNING'), null, NOT_CANDIDATE],
    ['RUN', 'locked for editing', locked('EDITING'), null, CANDIDATE_TOO],
    ['CONTROL', 'active', ACTIVE, null, NOT_CANDIDATE],
    ['DELETE', 'active', ACTIVE, null, NOT_CANDIDATE],
    ['INVITE', 'active', ACTIVE, null, NOT_CANDIDATE],
    ['LEAVE', 'oneself', ACTIVE, 'me', ON_SELF],
    ['LEAVE', 'oneself, completed', COMPLETED, 'me', ON_SELF],
    ['LEAVE', 'another', ACTIVE, 'you', NOT_CANDIDATE],
    ['SHOW_PRESENCE', 'oneself', ACTIVE, 'me', OWN_PRESENCE],
    ['SHOW_PRESENCE', 'another', ACTIVE, 'you', OTHERS_PRESENCE],
    ['SHOW_PRESENCE', 'nobody', ACTIVE, null, OTHERS_PRESENCE],
  ])('%s: %s', (action, _what, session, userId, expected) => {
    expect(each((identity) => decide(callerOf(identity), action, session, userId))).toEqual(expected);
  });

  test('who must not know of it gets the answer of an unknown session', () => {
    expect(() => decide(callerOf(CALLERS.elsewhere), 'EDIT', ACTIVE)).toThrow(
      "Session with ID 's1' not found",
    );
  });

  test('of nobody in particular belongs to no key', () => {
    const session = { ...ACTIVE, owner: null };
    expect(outcome(() => decide(callerOf(CALLERS.owner), 'READ', session))).toBe(404);
    expect(outcome(() => decide(callerOf(CALLERS.admin), 'READ', session))).toBe('y');
  });

  test('of an OpenID user belongs to that user, and not to a key of the same id', () => {
    const session = { ...ACTIVE, owner: referenceOf(CALLERS.openId) };
    expect(outcome(() => decide(callerOf(CALLERS.openId), 'INVITE', session))).toBe('y');
    expect(outcome(() => decide(callerOf(openId('another')), 'INVITE', session))).toBe(404);
    expect(outcome(() => decide(callerOf(CALLERS.owner), 'INVITE', session))).toBe(404);
  });
});

test.each<[OutsideAction, object]>([
  //                        open none sys else obs  can  host tick fTic own  exe  all  adm  other oidc
  ['CREATE_SESSION', row('y', 401, 'y', 403, 403, 403, 403, 403, 403, 'y', 403, 'y', 403, 'y', 'y')],
  ['EXECUTE', row('y', 401, 'y', 403, 403, 403, 403, 403, 403, 403, 'y', 'y', 403, 'y', 403)],
  ['READ_METRICS', row('y', 401, 'y', 403, 403, 403, 403, 403, 403, 403, 403, 'y', 403, 'y', 403)],
  ['MANAGE_KEYS', row(401, 401, 'y', 403, 403, 403, 403, 403, 403, 403, 403, 'y', 'y', 403, 403)],
  ['CREATE_TICKET', row(401, 401, 'y', 'y', 'y', 'y', 'y', 403, 403, 403, 403, 403, 403, 403, 403)],
])('outside of sessions: %s', (action, expected) => {
  expect(each((identity) => decideOutside(callerOf(identity), action))).toEqual(expected);
});

test.each<['READ' | 'RUN', object]>(
  (['READ', 'RUN'] as const).map((action) => [
    action,
    row('y', 401, 'y', 404, 404, 404, 404, 404, 404, 404, 'y', 'y', 'y', 404, 404),
  ]),
)('an execution outside of sessions: %s', (action, expected) => {
  const execution = { id: 'e1', owner: 'key:k1' };
  expect(each((identity) => decideOnExecution(callerOf(identity), action, execution, null))).toEqual(
    expected,
  );
});

describe('the role of a participant is that of now', () => {
  const withUsers = (role: 'HOST' | 'CANDIDATE' | 'OBSERVER', id = 'me') => ({
    ...ACTIVE,
    users: [{ id, role }],
  });
  const attempt = (action: SessionAction, session: ReturnType<typeof withUsers>) =>
    outcome(() => decide(callerOf(CALLERS.host), action, session));

  test('who was demoted since the token was shown may no more', () => {
    expect(attempt('EDIT', withUsers('OBSERVER'))).toBe(403);
    expect(attempt('CONTROL', withUsers('CANDIDATE'))).toBe(403);
    expect(attempt('CONTROL', withUsers('HOST'))).toBe('y');
  });

  test('who has left shows nothing', () => {
    expect(attempt('EDIT', withUsers('HOST', 'you'))).toBe(401);
    expect(attempt('INVITE', withUsers('HOST', 'you'))).toBe(401);
  });

  test('but every role reads, also a session of a time before it joined', () => {
    expect(attempt('READ', withUsers('HOST', 'you'))).toBe('y');
  });
});

describe('a permit', () => {
  test('carries the session, the user, the role and the actor', () => {
    expect(decide(callerOf(CALLERS.candidate), 'LEAVE', ACTIVE, 'me')).toMatchObject({
      action: 'LEAVE',
      sessionId: 's1',
      userId: 'me',
      role: 'CANDIDATE',
      actor: 'me',
    });
  });

  test('of an owner is that of a host, and of everybody where access is open', () => {
    expect(decide(callerOf(CALLERS.owner), 'EDIT', ACTIVE)).toMatchObject({ role: 'HOST', actor: 'key:k1' });
    expect(decide(NOBODY, 'EDIT', ACTIVE)).toMatchObject({ role: 'HOST', actor: null });
  });

  test('outside of sessions has no role', () => {
    const permit = decideOutside(callerOf(CALLERS.ownerToExecute), 'EXECUTE');
    expect(permit).toMatchObject({ sessionId: null, role: null, actor: 'key:k1' });
  });

  test('cannot be made by hand', () => {
    const permit = decide(NOBODY, 'EDIT', ACTIVE);
    const edit = (given: ReturnType<typeof decide<'EDIT'>>) => given.action;
    // @ts-expect-error an object of the same shape is no permit
    expect(edit({ action: 'EDIT', sessionId: 's1', userId: null, role: 'HOST', actor: null })).toBe('EDIT');
    // @ts-expect-error a permit for something else is none for this
    expect(edit(decide(NOBODY, 'READ', ACTIVE))).toBe('READ');
    expect(edit(permit)).toBe('EDIT');
  });
});

test('callers of different rights share no results', () => {
  const classes = columns.map((column) => callerOf(CALLERS[column]).accessClass);
  // Keys of one id are one key, whatever their scopes are said to be.
  expect(new Set(classes).size).toBe(columns.length - 3);
});
