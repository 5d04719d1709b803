import type { AppContext } from '../context.ts';
import type { Transaction } from '../database/client.ts';
import { retryConflicts } from '../database/retry.ts';
import { SessionNotFoundError } from '../errors.ts';
import { isId } from '../ids.ts';
import { applyEvent, type EventBody, type SessionEvent, type SessionState, toRow } from './model.ts';
import { publishChange } from './relay.ts';

/** What a change records, and what its caller gets. */
export interface Decision<Result> {
  event: EventBody & { actor?: string };
  result: Result;
}

/**
 * Makes one change to a session: in one transaction raises its `seq`, lets `decide` write the state, and
 * appends the event; publishes after the commit. `decide` gets the session with `seq` raised already,
 * because raising it first is what takes the row's lock. Throws SessionNotFoundError, and whatever
 * `decide` throws, with nothing written.
 */
export function changeSession<Result>(
  app: AppContext,
  sessionId: string,
  decide: (tx: Transaction, session: SessionState) => Promise<Decision<Result>>,
): Promise<Result> {
  return app.turns.run(sessionId, async () => {
    const { change, result } = await retryConflicts(() =>
      app.db.$transaction(async (tx) => {
        const session = await raiseSeq(tx, sessionId);
        const { event: decided, result } = await decide(tx, session);
        const { actor = null, ...body } = decided;
        const event: SessionEvent = { ...body, actor, sessionId, seq: session.seq, at: session.updatedAt };
        const after = applyEvent(session, event);
        if (after) await tx.sessionEvent.create({ data: toRow(event), select: { seq: true } });
        return { change: { event, session: after }, result };
      }),
    );
    await publishChange(app, change);
    return result;
  });
}

async function raiseSeq(tx: Transaction, id: string): Promise<SessionState> {
  if (!isId(id)) throw new SessionNotFoundError(id);
  const [session] = await tx.session.updateManyAndReturn({
    where: { id },
    data: { seq: { increment: 1 }, updatedAt: new Date() },
  });
  if (!session) throw new SessionNotFoundError(id);
  const users = await tx.user.findMany({ where: { sessionId: id }, orderBy: { joinedSeq: 'asc' } });
  return { ...session, users };
}
