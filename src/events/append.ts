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
 * one transaction. `decide` gets the session with `seq` raised already, because raising it first takes the
 * row's lock. Throws SessionNotFoundError, and what `decide` throws, with nothing written.
 */
export function changeSession<Result>(
  context: CommandContext,
  sessionId: string,
  decide: (tx: Transaction, session: SessionState) => Promise<Decision<Result>>,
): Promise<Result> {
  return appendEvent(context, sessionId, async (tx) => {
    const session = await raiseSeq(tx, sessionId);
    return { session, ...(await decide(tx, session)) };
  });
}

/**
 * Lets `write` write the state and appends the event that it returns, in one transaction; publishes the event
 * after the commit. Nothing else writes the log. `session` is the session with the number of the event.
 */
export function appendEvent<Result>(
  { app, caller }: CommandContext,
  sessionId: string,
  write: (tx: Transaction) => Promise<Decision<Result> & { session: SessionState }>,
): Promise<Result> {
  return app.writers.run(sessionId, async () => {
    const { event, after, result } = await retryConflicts(() =>
      app.db.$transaction(async (tx) => {
        const { session, event: decided, actor = actorOf(caller, session), result } = await write(tx);
        const event: SessionEvent = { ...decided, actor, sessionId, seq: session.seq, at: session.updatedAt };
        const after = applyEvent(session, event);
        // The log of a deleted session is gone with it.
        if (after) await tx.sessionEvent.create({ data: toRow(event), select: { seq: true } });
        return { event, after, result };
      }),
    );
    await publish(app, event, after);
    return result;
  });
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
