import { isUnrestricted } from '../access/caller.ts';
import { decideFound, decideOnExecution, decideOutside, unknownSession } from '../access/decide.ts';
import type { CommandContext } from '../app.ts';
import { ExecutionNotFoundError, SessionNotFoundError } from '../errors.ts';
import { isId } from '../ids.ts';

/**
 * Decides whether the caller may run a program, in a session or outside of one. Returns who owns the execution, null in a
 * session. Throws SessionNotFoundError.
 */
export async function decideToRun(
  { app, caller }: CommandContext,
  sessionId: string | null,
): Promise<string | null> {
  if (sessionId === null) return decideOutside(caller, 'EXECUTE').actor;
  if (!isUnrestricted(caller)) {
    decideFound(caller, 'RUN', sessionId, await app.sessions.current(sessionId));
  }
  return null;
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
  const select = { sessionId: true, owner: true };
  const execution = isId(id) ? await app.db.execution.findUnique({ where: { id }, select }) : null;
  try {
    if (!execution) throw unknownSession(caller, id);
    const { sessionId, owner } = execution;
    if (sessionId === null) decideOnExecution(caller, 'USE_EXECUTION', { id, owner });
    else decideFound(caller, action, sessionId, await app.sessions.current(sessionId));
  } catch (error) {
    throw error instanceof SessionNotFoundError ? new ExecutionNotFoundError(id) : error;
  }
}
