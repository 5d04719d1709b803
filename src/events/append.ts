import type { AppContext, CommandContext } from '../app.ts';
import type { Transaction } from '../database/client.ts';
import { retryConflicts } from '../database/retry.ts';
import { entryOf } from '../streams/log.ts';
import { deliverBefore } from '../streams/sync.ts';
import { actorOf } from './actor.ts';
import { applyEvent, type EventDraft, type SessionEvent, toRow } from './event.ts';
import { raiseSeq, type SessionState } from './state.ts';
import { sessionChanged } from './topic.ts';

/** The event of a change, and the result for the caller of the command. */
export interface Decision<Result> {
  readonly event: EventDraft;
  /** Who did it, where it is not the caller. */
  readonly actor?: string;
  readonly result: Result;
}

/**
 * Makes one change to a session: raises its `seq`, lets `decide` write the state, and appends the event, in
 * one transaction; publishes the event after the commit. `decide` gets the session with `seq` raised already,
 * because raising it first takes the row's lock. Throws SessionNotFoundError, and what `decide` throws, with
 * nothing written.
 */
export function changeSession<Result>(
  { app, caller }: CommandContext,
  sessionId: string,
  decide: (tx: Transaction, session: SessionState) => Promise<Decision<Result>>,
): Promise<Result> {
  return app.writers.run(sessionId, async () => {
    const { event, after, result } = await retryConflicts(() =>
      app.db.$transaction(async (tx) => {
        const session = await raiseSeq(tx, sessionId);
        const { event: decided, actor = actorOf(caller, session), result } = await decide(tx, session);
        const event = eventOf(session, decided, actor);
        const after = applyEvent(session, event);
        // The log of a deleted session is gone with it.
        if (after) await append(tx, event);
        return { event, after, result };
      }),
    );
    await publish(app, event, after);
    return result;
  });
}

/** Stores a new session and the first event of its log, in one transaction; publishes the event after the commit. */
export async function storeSession(
  { app }: CommandContext,
  session: SessionState,
  first: EventDraft,
): Promise<void> {
  const { users: _none, ...row } = session;
  const event = eventOf(session, first, null);
  await app.db.$transaction([app.db.session.createMany({ data: row }), append(app.db, event)]);
  await publish(app, event, session);
}

function eventOf(session: SessionState, draft: EventDraft, actor: string | null): SessionEvent {
  return { ...draft, actor, sessionId: session.id, seq: session.seq, at: session.updatedAt };
}

/** Writes the row of an event. Nothing else writes the log, but the import of sessions of the original server. */
function append(db: Pick<Transaction, 'sessionEvent'>, event: SessionEvent) {
  return db.sessionEvent.createMany({ data: toRow(event) });
}

/** Publishes a committed change. Never rejects: the change is made, and streams heal from the log. */
async function publish(app: AppContext, event: SessionEvent, after: SessionState | null): Promise<void> {
  const { sessionId: key, seq } = event;
  app.bus.publish(sessionChanged, { key, after: seq - 1, seq });
  try {
    await deliverBefore(app.events, key, seq);
  } catch (err) {
    app.log.warn({ err, sessionId: key }, 'Events of another instance come late');
  }
  app.events.broadcaster.publish(key, { seq, item: event, isLast: !after });
  app.states.broadcaster.publish(key, after ? entryOf(after) : { seq, item: null, isLast: true });
}
