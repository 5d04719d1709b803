import { isUnrestricted } from '../access/caller.ts';
import { decideFound, decideOnExecution, decideOutside, unknownSession } from '../access/decide.ts';
import type { CommandContext } from '../app.ts';
import { ExecutionNotFoundError, SessionNotFoundError } from '../errors.ts';
import { isId } from '../ids.ts';

/** Decides whether the caller may run a program, in a session or outside of one. Throws SessionNotFoundError. */
export async function decideToRun({ app, caller }: CommandContext, sessionId: string | null): Promise<void> {
  if (sessionId === null) decideOutside(caller, 'EXECUTE');
  else if (!isUnrestricted(caller)) {
    decideFound(caller, 'RUN', sessionId, await app.sessions.current(sessionId));
  }
}

/**
 * Decides whether the caller may read an execution, or run it: cancel it and give it input. Throws
 * ExecutionNotFoundError where there is none, and where the caller must not know of it.
 */
export async function decideOnExecutionOf(
  { app, caller }: CommandContext,
  action: 'READ' | 'RUN',
  id: string,
): Promise<void> {
  if (isUnrestricted(caller)) return;
  const select = { sessionId: true };
  const execution = isId(id) ? await app.db.execution.findUnique({ where: { id }, select }) : null;
  try {
    if (!execution) throw unknownSession(caller, id);
    const { sessionId } = execution;
    // Who started one outside of sessions is not stored yet.
    if (sessionId === null) decideOnExecution(caller, 'USE_EXECUTION', { id, owner: null });
    else decideFound(caller, action, sessionId, await app.sessions.current(sessionId));
  } catch (error) {
    throw error instanceof SessionNotFoundError ? new ExecutionNotFoundError(id) : error;
  }
}
