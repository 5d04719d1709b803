import type { Caller } from '../access/caller.ts';
import { mayAct, type Permit, unknownSession } from '../access/decide.ts';
import type { SessionAction } from '../access/rights.ts';
import type { TokenGrant } from '../access/tokens.ts';
import type { AppContext, CommandContext } from '../app.ts';
import type { SessionEvent as SessionEventRow } from '../database/generated/client.ts';
import type { DocumentChange } from '../database/session-store.ts';
import { AppError, SessionNotFoundError, UnauthenticatedError } from '../errors.ts';
import type { Execution } from '../executions/model.ts';
import { entryOf } from '../streams/log.ts';
import { deliverBefore } from '../streams/sync.ts';
import { type ActorReference, actorOf } from './actor.ts';
import { toChange } from './change.ts';
import { applyEvent, type EventDraft, type SessionEvent, toRow } from './event.ts';
import type { SessionState } from './state.ts';
import { sessionChanged, toMessage } from './topic.ts';

/** What changes a session. */
type ChangeAction = Exclude<SessionAction, 'READ' | 'SHOW_PRESENCE'> | 'JOIN';

/** What a command decided: the event of a change, and the result for its caller. */
export interface Decision<Result> {
  /** That the caller may make this change to the session as it is. */
  readonly permit: Permit<ChangeAction>;
  /** Null when there is nothing to change. */
  readonly event: EventDraft | null;
  /** Who did it, where it is not the caller. */
  readonly actor?: ActorReference;
  /** The execution that started or ended, whose row changes with the event. */
  readonly execution?: Execution;
  /** What the event changes of the session's Yjs document. */
  readonly document?: DocumentChange | null;
  /** The token that somebody gets who joins or comes back. */
  readonly grant?: TokenGrant | undefined;
  /** The user whom no invite brings back any more. */
  readonly revokesInvitesOf?: string | null;
  /** Called after the commit with the number of the event, before anybody is told. */
  onCommitted?(seq: number): void;
  readonly result: Result;
}

/** How often a session is changed or read again because other instances changed it first. */
export const MAX_ATTEMPTS = 100;

/** Other instances changed a session first each time. */
export class ContendedSessionError extends AppError {
  constructor() {
    super('SERVICE_UNAVAILABLE', 'Other servers change the session all the time: try again');
  }
}

/**
 * Makes one change to a session: `decide` gets the session as it is, with the number and the time that the event will
 * have; the event and what it changes are stored in one transaction, and published after the commit. `decide` runs
 * again with the newer session when another instance was first, so it writes nothing itself.
 * Throws SessionNotFoundError, and what `decide` throws, with nothing stored.
 */
export function changeSession<Result>(
  context: CommandContext,
  sessionId: string,
  decide: (session: SessionState) => Promise<Decision<Result>> | Decision<Result>,
): Promise<Result> {
  const { app } = context;
  return app.writers.run(sessionId, async () => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const before = await app.sessions.latestKnown(sessionId);
      if (!before) throw unknownSession(context.caller, sessionId);
      const done = await attemptChange(context, before, decide);
      if (done) return done.result;
    }
    throw new ContendedSessionError();
  });
}

/** Returns null when `before` turns out to be out of date, or the invite that it takes. */
async function attemptChange<Result>(
  { app, caller }: CommandContext,
  before: SessionState,
  decide: (session: SessionState) => Promise<Decision<Result>> | Decision<Result>,
): Promise<{ result: Result } | null> {
  const numbered = { ...before, seq: before.seq + 1, updatedAt: new Date() };
  let decision: Decision<Result>;
  try {
    decision = await decide(numbered);
  } catch (error) {
    // It must not tell by its time that there is the session.
    if (isForeign(error, caller, before)) await app.sessions.lookForNothing();
    else if (!(await isCurrent(app, before))) return null;
    throw error;
  }
  const { permit, event: draft, actor = actorOf(caller, before), result } = decision;
  if (permit.sessionId !== before.id) throw new Error('A permit is for the session that it was made for');
  if (!draft) return (await isCurrent(app, before)) ? { result } : null;
  const event = eventOf(numbered, draft, actor);
  const after = applyEvent(before, event);
  const row = toRow(event);
  if (!(await commit(app, before, row, after, decision))) return null;
  decision.onCommitted?.(event.seq);
  await publish(app, event, row, after);
  return { result };
}

/** Whether the caller is refused because it must not know of the session. A change of the session changes nothing in that. */
function isForeign(error: unknown, caller: Caller, session: SessionState): boolean {
  const isRefused = error instanceof SessionNotFoundError || error instanceof UnauthenticatedError;
  return isRefused && !mayAct(caller, 'READ', session);
}

async function isCurrent({ sessions }: AppContext, { id, seq }: SessionState): Promise<boolean> {
  return (await sessions.seq(id)) === seq;
}

/** Returns whether the change is stored: false when the session does not stand where `before` says, or its invite has ended. */
async function commit(
  app: AppContext,
  before: SessionState,
  row: SessionEventRow,
  after: SessionState | null,
  details: Decision<unknown>,
): Promise<boolean> {
  const { id, seq } = before;
  const { db, sessions, commits } = app;
  try {
    // The log of a deleted session is gone with it.
    const isStored = after
      ? await commits.run(toChange(before, row, after, details))
      : (await db.session.deleteMany({ where: { id, seq } })).count > 0;
    if (!isStored) await catchUp(app, id);
    else if (after) sessions.put(after);
    else sessions.forget(id);
    return isStored;
  } catch (error) {
    // If the connection was lost, nobody knows whether it is stored.
    sessions.forget(id);
    throw error;
  }
}

/** Takes what other instances have appended to a session, and tells those who follow it here. */
async function catchUp({ sessions, events: { broadcaster } }: AppContext, id: string): Promise<void> {
  for (const event of await sessions.catchUp(id)) {
    if (broadcaster.position(id) === event.seq - 1) broadcaster.publish(id, entryOf(event));
  }
}

/** Stores a new session and the first event of its log, in one transaction; publishes the event after the commit. */
export async function storeSession(
  app: AppContext,
  { actor, actorName }: Permit<'CREATE_SESSION'>,
  session: SessionState,
  first: EventDraft,
): Promise<void> {
  const event = eventOf(session, first, { actor, actorName });
  const { users: _none, ...created } = session;
  const row = toRow(event);
  await app.commits.run({ ...toChange(session, row, session), created });
  app.sessions.put(session);
  await publish(app, event, row, session);
}

function eventOf(session: SessionState, draft: EventDraft, actor: ActorReference): SessionEvent {
  return { ...draft, ...actor, sessionId: session.id, seq: session.seq, at: session.updatedAt };
}

/** Publishes a committed change. Never rejects: the change is made, and streams heal from the log. */
async function publish(
  app: AppContext,
  event: SessionEvent,
  row: SessionEventRow,
  after: SessionState | null,
): Promise<void> {
  const { sessionId: key, seq } = event;
  app.bus.publish(sessionChanged, toMessage(row, !after));
  try {
    await deliverBefore(app.events, key, seq);
  } catch (err) {
    app.log.warn({ err, sessionId: key }, 'Events of another instance come late');
  }
  app.events.broadcaster.publish(key, { seq, item: event, isLast: !after });
  app.states.broadcaster.publish(key, after ? entryOf(after) : { seq, item: null, isLast: true });
}
