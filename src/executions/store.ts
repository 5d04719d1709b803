import { decide } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import type { Database } from '../database/client.ts';
import { isForeignKeyViolation } from '../database/errors.ts';
import { ExecutionNotRunningError, SessionNotFoundError } from '../errors.ts';
import { changeSession } from '../events/append.ts';
import { draft } from '../events/event.ts';
import { ExecutionFinished, ExecutionStarted } from './events.ts';
import { type Execution, hasEnded, IN_FLIGHT } from './model.ts';

/** Stores a queued execution, and that this instance will run it. Throws SessionNotFoundError. */
export async function recordQueued({ db, instances }: AppContext, execution: Execution): Promise<void> {
  try {
    await db.execution.createMany({ data: { ...execution, instanceId: instances.id } });
  } catch (error) {
    const { sessionId } = execution;
    if (sessionId !== null && isForeignKeyViolation(error)) throw new SessionNotFoundError(sessionId);
    throw error;
  }
}

/** Stores an execution that has ended and was not stored before. */
export async function recordWhole({ db }: AppContext, execution: Execution): Promise<void> {
  await db.execution.createMany({ data: execution });
}

/**
 * Stores the start or the end of an execution. If it belongs to a session, an event of the session tells it, once:
 * a start that is stored already, by an attempt whose answer was lost, is done.
 * Throws ExecutionNotRunningError when it has ended already, SessionNotFoundError, ForbiddenError and
 * UnauthenticatedError where the caller may run nothing in the session any more.
 */
export async function recordStep(context: CommandContext, execution: Execution): Promise<void> {
  const { db } = context.app;
  const { id, sessionId } = execution;
  if (sessionId === null) return update(db, execution);
  const type = hasEnded(execution) ? ExecutionFinished : ExecutionStarted;
  await changeSession(context, sessionId, async (session) => {
    const permit = decide(context.caller, 'RUN', session);
    const stored = await db.execution.findUnique({ where: { id }, select: { status: true } });
    if (!stored || hasEnded(stored)) throw new ExecutionNotRunningError(id);
    const event = stored.status === execution.status ? null : draft(type, { execution });
    return { permit, event, execution, result: undefined };
  });
}

async function update(db: Database, execution: Execution): Promise<void> {
  const { id, sessionId: _session, language: _language, code: _code, createdAt: _at, ...step } = execution;
  const where = { id, status: { in: [...IN_FLIGHT] } };
  const { count } = await db.execution.updateMany({ where, data: step });
  if (count === 0) throw new ExecutionNotRunningError(id);
}
