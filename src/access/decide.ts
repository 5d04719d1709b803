import type { Role, SessionStatus } from '../database/generated/enums.ts';
import {
  type AppError,
  ExecutionNotFoundError,
  ForbiddenError,
  InviteInvalidError,
  SessionNotFoundError,
  UnauthenticatedError,
} from '../errors.ts';
import { type Caller, isStranger, isUnrestricted, type UserKey } from './caller.ts';
import { type Identity, type Participant, referenceOf, type SystemIdentity } from './identity.ts';
import {
  type Action,
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
  /** Its users. With them a participant has the role of now, whatever its token was good for when it was shown. */
  readonly users?: readonly { readonly id: string; readonly role: Role }[];
}

/** What a decision needs to know of an execution outside of sessions. */
export interface ExecutionFacts {
  readonly id: string;
  readonly owner: string | null;
}

class MadePermit<Allowed extends Action | 'JOIN', Session extends string | null> {
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

  /** The user whose token or ticket the caller shows; null for any other credential. */
  get participant(): UserKey | null {
    const identity = this.#identity;
    return identity.kind === 'PARTICIPANT' || identity.kind === 'TICKET' ? identity : null;
  }

  /** Whom what is made with it names as its maker; null for nobody in particular. */
  get actor(): string | null {
    return referenceOf(this.#identity);
  }

  /** The name of that maker, where the credential tells one. */
  get actorName(): string | null {
    return 'name' in this.#identity ? this.#identity.name : null;
  }
}

/**
 * Says that a caller may do something. Only the functions of this file make one, so a command that takes it cannot
 * forget to ask.
 */
export type Permit<Allowed extends Action | 'JOIN'> = MadePermit<
  Allowed,
  Allowed extends SessionAction | 'JOIN' ? string : null
>;

/** A permit for something in a session. */
export type SessionPermit<Allowed extends SessionAction | 'JOIN'> = MadePermit<Allowed, string>;

/** Says that a caller may read one execution, or run it: cancel it and give it input. */
class MadeExecutionPermit<Allowed extends 'READ' | 'RUN'> {
  readonly executionId: string;
  // Private, so no other object is one for the compiler.
  readonly #action: Allowed;

  constructor(action: Allowed, executionId: string) {
    this.#action = action;
    this.executionId = executionId;
  }

  get action(): Allowed {
    return this.#action;
  }
}

export type ExecutionPermit<Allowed extends 'READ' | 'RUN'> = MadeExecutionPermit<Allowed>;

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
 * Decides without a look at the session, which may not exist: returns null unless the caller may do everything with
 * every session.
 */
export function decideUnseen<Wanted extends SessionAction>(
  caller: Caller,
  action: Wanted,
  sessionId: string,
  userId: string | null = null,
): MadePermit<Wanted, string> | null {
  return isUnrestricted(caller) ? new MadePermit(action, caller.identity, sessionId, userId) : null;
}

/** Whether the caller may act on a session. For what is shown: who acts needs a permit. */
export function mayAct({ identity }: Caller, action: SessionAction, session: SessionFacts): boolean {
  return verdictOf(identity, action, { owner: session.owner, session }) === 'yes';
}

/**
 * Decides whether somebody may join a session: anybody with a valid invite to it, and where access is open, anybody.
 * Throws InviteInvalidError.
 */
export function decideToJoin(
  caller: Caller,
  sessionId: string,
  invite: { readonly sessionId: string } | null,
): MadePermit<'JOIN', string> {
  if (invite ? invite.sessionId !== sessionId : !isUnrestricted(caller)) throw new InviteInvalidError();
  return new MadePermit('JOIN', caller.identity, sessionId, null);
}

/** Returns the error for a session that does not exist. */
export function unknownSession(caller: Caller, id: string): AppError {
  return isStranger(caller) ? new UnauthenticatedError() : new SessionNotFoundError(id);
}

/** Decides about an action outside of sessions. Throws UnauthenticatedError and ForbiddenError. */
export function decideOutside<Wanted extends OutsideAction>(
  { identity }: Caller,
  action: Wanted,
): MadePermit<Wanted, null> {
  refuse(verdictOf(identity, action, {}), () => new ForbiddenError());
  return new MadePermit(action, identity, null, null);
}

/**
 * Decides about an execution: by its session, or outside of sessions by who started it. Throws as `decide` does, but
 * ExecutionNotFoundError for who must not know of it.
 */
export function decideOnExecution<Wanted extends 'READ' | 'RUN'>(
  { identity }: Caller,
  action: Wanted,
  { id, owner }: ExecutionFacts,
  session: SessionFacts | null,
): MadeExecutionPermit<Wanted> {
  const verdict = session
    ? verdictOf(identity, action, { owner: session.owner, session })
    : verdictOf(identity, 'USE_EXECUTION', { owner });
  refuse(verdict, () => new ExecutionNotFoundError(id));
  return new MadeExecutionPermit(action, id);
}

/** Decides without a look at the execution, as `decideUnseen` does about sessions. */
export function decideOnUnseenExecution<Wanted extends 'READ' | 'RUN'>(
  caller: Caller,
  action: Wanted,
  id: string,
): MadeExecutionPermit<Wanted> | null {
  return isUnrestricted(caller) ? new MadeExecutionPermit(action, id) : null;
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
  const right = rights.of[standingOf(identity, action, target)];
  if (identity.kind === 'TICKET' && !rights.forTickets) return right === 404 ? 404 : 403;
  if (right === 'self') return 'userId' in identity && identity.userId === target.userId ? 'yes' : 403;
  if (right === 'unlocked') return isUnlocked(rights, target.session) ? 'yes' : 403;
  return right;
}

function standingOf(
  identity: Exclude<Identity, SystemIdentity>,
  action: Action,
  { owner, session }: Target,
): Standing {
  switch (identity.kind) {
    case 'ANONYMOUS':
      return 'ANONYMOUS';
    case 'PARTICIPANT':
    case 'TICKET':
      return session?.id === identity.sessionId ? roleNow(identity, action, session) : 'ELSEWHERE';
    default: {
      if (owner !== undefined && identity.scopes.includes('ADMIN')) return 'OWNER';
      const isOwn = owner === undefined || owner === referenceOf(identity);
      return isOwn && identity.scopes.includes(RIGHTS[action].scope) ? 'OWNER' : 'NOT_OWNER';
    }
  }
}

/** A session inside an event has the users of then, and every role reads. */
function roleNow({ userId, role }: Participant, action: Action, { users }: SessionFacts): Standing {
  if (action === 'READ' || !users) return role;
  return users.find(({ id }) => id === userId)?.role ?? 'ANONYMOUS';
}

function isUnlocked({ lock }: Rights, session: SessionFacts | undefined): boolean {
  return session?.status === 'ACTIVE' && (!lock || !locksOf(session).includes(lock));
}
