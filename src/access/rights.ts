import type { Scope } from './identity.ts';

/** Who somebody is to the thing that an action is about: the columns of the table. */
export const STANDINGS = [
  'ANONYMOUS',
  'ELSEWHERE',
  'OBSERVER',
  'CANDIDATE',
  'HOST',
  'OWNER',
  'NOT_OWNER',
] as const;

/** `ELSEWHERE` is a participant of another session; `NOT_OWNER` is a key without the scope, too. */
export type Standing = (typeof STANDINGS)[number];

/**
 * What the table says: allowed, allowed on oneself alone, allowed while the session is active and not locked, or the
 * HTTP status of the refusal.
 */
export type Right = 'yes' | 'self' | 'unlocked' | 401 | 403 | 404;

/** What `locks` of a session can stop. */
export const LOCKS = ['EDITING', 'RUNNING'] as const;
export type Lock = (typeof LOCKS)[number];

/** Returns locks as the one text that is stored. */
export function toStoredLocks(locks: readonly Lock[]): string {
  return LOCKS.filter((lock) => locks.includes(lock)).join(',');
}

/** Returns the locks of a session, which are stored as one text. */
export function locksOf({ locks }: { readonly locks: string }): Lock[] {
  const names = locks.split(',');
  return LOCKS.filter((lock) => names.includes(lock));
}

export interface Rights {
  readonly of: Readonly<Record<Standing, Right>>;
  /** What an API key needs: on its own sessions, or for an action outside of sessions. */
  readonly scope: Scope;
  /** What must not be locked, where a right is `unlocked`. */
  readonly lock?: Lock;
  /** Whether a ticket, which only reads, is enough. */
  readonly forTickets?: true;
  /** Needs a credential even with `ACCESS=open`. */
  readonly neverOpen?: true;
}

/** What concerns one session. */
const IN_SESSION = {
  READ: { of: row(401, 404, 'yes', 'yes', 'yes', 'yes', 404), scope: 'SESSIONS', forTickets: true },
  EDIT: { of: row(401, 404, 403, 'unlocked', 'yes', 'yes', 404), scope: 'SESSIONS', lock: 'EDITING' },
  /** Status, locks and expiry. */
  CONTROL: { of: row(401, 404, 403, 403, 'yes', 'yes', 404), scope: 'SESSIONS' },
  DELETE: { of: row(401, 404, 403, 403, 'yes', 'yes', 404), scope: 'SESSIONS' },
  /** Ends a participation. */
  LEAVE: { of: row(401, 404, 'self', 'self', 'yes', 'yes', 404), scope: 'SESSIONS' },
  SHOW_PRESENCE: { of: row(401, 404, 'self', 'self', 'self', 403, 404), scope: 'SESSIONS' },
  /** Runs a program, writes its input, cancels it. */
  RUN: { of: row(401, 404, 403, 'unlocked', 'yes', 'yes', 404), scope: 'SESSIONS', lock: 'RUNNING' },
  /** Invites, participants and roles. */
  INVITE: { of: row(401, 404, 403, 403, 'yes', 'yes', 404), scope: 'SESSIONS' },
} as const satisfies Record<string, Rights>;

/** What concerns no session. */
const OUTSIDE = {
  CREATE_SESSION: { of: row(401, 403, 403, 403, 403, 'yes', 403), scope: 'SESSIONS' },
  EXECUTE: { of: row(401, 403, 403, 403, 403, 'yes', 403), scope: 'EXECUTE' },
  CREATE_TICKET: { of: row(401, 'yes', 'yes', 'yes', 'yes', 403, 403), scope: 'SESSIONS', neverOpen: true },
  MANAGE_KEYS: { of: row(401, 403, 403, 403, 403, 'yes', 403), scope: 'ADMIN', neverOpen: true },
  READ_METRICS: { of: row(401, 403, 403, 403, 403, 'yes', 403), scope: 'METRICS' },
} as const satisfies Record<string, Rights>;

/** What concerns an execution outside of sessions: its owner is who started it. */
const ON_EXECUTION = {
  /** Reads, follows and cancels it. */
  USE_EXECUTION: { of: row(401, 404, 404, 404, 404, 'yes', 404), scope: 'EXECUTE' },
} as const satisfies Record<string, Rights>;

export type SessionAction = keyof typeof IN_SESSION;
export type OutsideAction = keyof typeof OUTSIDE;
export type ExecutionAction = keyof typeof ON_EXECUTION;
export type Action = SessionAction | OutsideAction | ExecutionAction;

/** The table of rights. */
export const RIGHTS: Readonly<Record<Action, Rights>> = { ...IN_SESSION, ...OUTSIDE, ...ON_EXECUTION };

function row(...rights: [Right, Right, Right, Right, Right, Right, Right]): Record<Standing, Right> {
  const [ANONYMOUS, ELSEWHERE, OBSERVER, CANDIDATE, HOST, OWNER, NOT_OWNER] = rights;
  return { ANONYMOUS, ELSEWHERE, OBSERVER, CANDIDATE, HOST, OWNER, NOT_OWNER };
}
