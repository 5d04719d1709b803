import type { AppContext } from '../context.ts';
import type { Transaction } from '../database/client.ts';
import { isOrphan } from '../database/errors.ts';
import type { Execution } from '../database/generated/client.ts';
import { ExecutionNotRunningError, SessionNotFoundError } from '../errors.ts';
import { changeSession } from '../events/change.ts';
import { hasEnded, IN_FLIGHT, leaseEnd } from './model.ts';

/** Stores an execution that waits for its turn, where others can see it. Throws SessionNotFoundError. */
export async function recordQueued(app: AppContext, execution: Execution): Promise<void> {
  const { db, config } = app;
  const insert = db.execution.createMany({ data: execution });
  const lease = { executionId: execution.id, until: leaseEnd() };
  try {
    // A server that is alone knows at its start that nothing runs.
    if (config.REDIS_URL) await db.$transaction([insert, db.executionLease.createMany({ data: lease })]);
    else await insert;
  } catch (error) {
    const { sessionId } = execution;
    if (sessionId !== null && isOrphan(error)) throw new SessionNotFoundError(sessionId);
    throw error;
  }
}

/** Stores an execution that nobody could see before it had ended. */
export async function recordWhole(app: AppContext, execution: Execution): Promise<void> {
  await app.db.execution.createMany({ data: execution });
}

/**
 * Stores a step of an execution: its start, or its end. Inside a session that is a change with an event.
 * Throws ExecutionNotRunningError when it has ended already, and SessionNotFoundError.
 */
export async function recordStep(app: AppContext, execution: Execution): Promise<void> {
  if (execution.sessionId !== null) {
    const type = hasEnded(execution) ? 'ExecutionFinished' : 'ExecutionStarted';
    await changeSession(app, execution.sessionId, async (tx) => {
      await update(app, tx, execution);
      return { event: { type, execution }, result: undefined };
    });
  } else if (hasEnded(execution) && app.config.REDIS_URL) {
    await app.db.$transaction((tx) => update(app, tx, execution));
  } else {
    await update(app, app.db, execution);
  }
}

async function update(
  { config }: AppContext,
  db: Pick<Transaction, 'execution' | 'executionLease'>,
  execution: Execution,
): Promise<void> {
  const {
    id,
    sessionId: _session,
    language: _language,
    code: _code,
    createdAt: _createdAt,
    ...step
  } = execution;
  const where = { id, status: { in: [...IN_FLIGHT] } };
  const { count } = await db.execution.updateMany({ where, data: step });
  if (count === 0) throw new ExecutionNotRunningError(id);
  if (hasEnded(execution) && config.REDIS_URL) {
    await db.executionLease.deleteMany({ where: { executionId: id } });
  }
}
