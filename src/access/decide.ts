import type { Role, SessionStatus } from '../database/generated/enums.ts';
import {
  type AppError,
  ExecutionNotFoundError,
  ForbiddenError,
  SessionNotFoundError,
  UnauthenticatedError,
} from '../errors.ts';
import type { Caller } from './caller.ts';
import { type Identity, referenceOf, type SystemIdentity } from './identity.ts';
import {
  type Action,
  type ExecutionAction,
  locksOf,
  type OutsideAction,
  RIGHTS,
  type Rights,
  type SessionAction,
  type Standing,
} from './rights.ts';

/** What a decision needs to know of a session. */
export interface SessionFacts {
  readonly id: string;
  readonly owner: string | null;
  readonly status: SessionStatus;
  readonly locks: string;
}

/** What a decision needs to know of an execution outside of sessions. */
export interface ExecutionFacts {
  readonly id: string;
  readonly owner: string | null;
}

class MadePermit<Allowed extends Action, Session extends string | null> {
  readonly action: Allowed;
  /** The session that it is for; null outside of sessions. */
  readonly sessionId: Session;
  /** The user of the session that it is for, where the action concerns one. */
  readonly userId: string | null;
  // Private, so no other object is one for the compiler.
  readonly #identity: Identity;

  constructor(action: Allowed, identity: Identity, sessionId: Session, userId: string | null) {
    this.action = action;
    this.#identity = identity;
    this.sessionId = sessionId;
    this.userId = userId;
  }

  /** Owners are hosts, and so is everybody where access is open. Null outside of sessions. */
  get role(): Role | null {
    if (this.sessionId === null) return null;
    return 'role' in this.#identity ? this.#identity.role : 'HOST';
  }

  /** The participant token that the caller shows; null for any other credential. */
  get tokenId(): string | null {
    return this.#identity.kind === 'PARTICIPANT' ? this.#identity.tokenId : null;
  }

  /** Whom what is made with it names as its maker; null for nobody in particular. */
  get actor(): string | null {
    return referenceOf(this.#identity);
  }
}

/** Says that a caller may do something. Only `decide` makes one, so a command that takes it cannot forget to ask. */
export type Permit<Allowed extends Action> = MadePermit<
  Allowed,
  Allowed extends SessionAction ? string : null
>;

/**
 * Decides whether the caller may act on a session, and on which of its users where the action concerns one. Throws
 * UnauthenticatedError, ForbiddenError, and SessionNotFoundError for who may not know that there is the session.
 */
export function decide<Wanted extends SessionAction>(
  { identity }: Caller,
  action: Wanted,
  session: SessionFacts,
  userId: string | null = null,
): MadePermit<Wanted, string> {
  const { id, owner } = session;
  refuse(verdictOf(identity, action, { owner, session, userId }), () => new SessionNotFoundError(id));
  return new MadePermit(action, identity, id, userId);
}

/**
 * Decides as `decide` does about a session that may not exist. Returns it. An unknown one gets the answer of one that the
 * caller must not know of.
 */
export function decideFound<Session extends SessionFacts>(
  caller: Caller,
  action: SessionAction,
  id: string,
  session: Session | null,
): Session {
  if (!session) throw unknownSession(caller, id);
  decide(caller, action, session);
  return session;
}

/** Returns the error for a session that does not exist. */
export function unknownSession({ identity }: Caller, id: string): AppError {
  const isStranger = identity.kind === 'ANONYMOUS' && !identity.isOpen;
  return isStranger ? new UnauthenticatedError() : new SessionNotFoundError(id);
}

/** Decides about an action outside of sessions. Throws UnauthenticatedError and ForbiddenError. */
export function decideOutside<Wanted extends OutsideAction>(
  { identity }: Caller,
  action: Wanted,
): MadePermit<Wanted, null> {
  refuse(verdictOf(identity, action, {}), () => new ForbiddenError());
  return new MadePermit(action, identity, null, null);
}

/** Decides about an execution outside of sessions. Throws UnauthenticatedError, and ExecutionNotFoundError. */
export function decideOnExecution<Wanted extends ExecutionAction>(
  { identity }: Caller,
  action: Wanted,
  execution: ExecutionFacts,
): MadePermit<Wanted, null> {
  const { id, owner } = execution;
  refuse(verdictOf(identity, action, { owner }), () => new ExecutionNotFoundError(id));
  return new MadePermit(action, identity, null, null);
}

/** What an action is about. */
interface Target {
  /** Who made it; undefined where it is about nothing that exists, so that the scope of a key decides. */
  readonly owner?: string | null;
  readonly session?: SessionFacts;
  readonly userId?: string | null;
}

type Verdict = 'yes' | 401 | 403 | 404;

function refuse(verdict: Verdict, notFound: () => Error): void {
  if (verdict === 401) throw new UnauthenticatedError();
  if (verdict === 403) throw new ForbiddenError();
  if (verdict === 404) throw notFound();
}

function verdictOf(identity: Identity, action: Action, target: Target): Verdict {
  const rights: Rights = RIGHTS[action];
  if (identity.kind === 'SYSTEM') return 'yes';
  if (identity.kind === 'ANONYMOUS' && identity.isOpen && !rights.neverOpen) return 'yes';
  const right = rights.of[standingOf(identity, rights, target)];
  if (identity.kind === 'TICKET' && !rights.forTickets) return right === 404 ? 404 : 403;
  if (right === 'self') return 'userId' in identity && identity.userId === target.userId ? 'yes' : 403;
  if (right === 'unlocked') return isUnlocked(rights, target.session) ? 'yes' : 403;
  return right;
}

function standingOf(
  identity: Exclude<Identity, SystemIdentity>,
  { scope }: Rights,
  { owner, session }: Target,
): Standing {
  switch (identity.kind) {
    case 'ANONYMOUS':
      return 'ANONYMOUS';
    case 'PARTICIPANT':
    case 'TICKET':
      return session?.id === identity.sessionId ? identity.role : 'ELSEWHERE';
    default: {
      if (owner !== undefined && identity.scopes.includes('ADMIN')) return 'OWNER';
      const isOwn = owner === undefined || owner === referenceOf(identity);
      return isOwn && identity.scopes.includes(scope) ? 'OWNER' : 'NOT_OWNER';
    }
  }
}

function isUnlocked({ lock }: Rights, session: SessionFacts | undefined): boolean {
  return session?.status === 'ACTIVE' && (!lock || !locksOf(session).includes(lock));
}
