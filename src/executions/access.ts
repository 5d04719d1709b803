import {
  decideOnExecution,
  decideOnUnseenExecution,
  decideOutside,
  type ExecutionPermit,
  type Permit,
  unknownSession,
} from '../access/decide.ts';
import { referenceOf } from '../access/identity.ts';
import type { CommandContext } from '../app.ts';
import { ExecutionNotFoundError, SessionNotFoundError } from '../errors.ts';
import { authorOf } from '../events/actor.ts';
import { isId } from '../ids.ts';

/** Decides whether the caller may run a program, in a session or outside of one. Throws SessionNotFoundError. */
export async function decideToRun(
  { app, caller }: CommandContext,
  sessionId: string | null,
): Promise<Permit<'RUN'> | Permit<'EXECUTE'>> {
  if (sessionId === null) return decideOutside(caller, 'EXECUTE');
  if (!isId(sessionId)) throw unknownSession(caller, sessionId);
  return app.sessions.permit(caller, 'RUN', sessionId);
}

/** Returns whom an execution names as who starts it; null for nobody in particular. */
export async function starterOf(
  { app, caller }: CommandContext,
  sessionId: string | null,
): Promise<string | null> {
  const { identity, user } = caller;
  if (sessionId === null || !user) return referenceOf(identity);
  // Nobody has checked the user that a connection names.
  return authorOf(caller, (await app.sessions.read(caller, 'READ', sessionId)).session);
}

/**
 * Decides whether the caller may read an execution, or run it: cancel it and give it input. Looks nothing up for who
 * may do everything, who meets an unknown one later. Throws ExecutionNotFoundError where there is none, and where the
 * caller must not know of it.
 */
export async function decideOnExecutionOf<Wanted extends 'READ' | 'RUN'>(
  { app, caller }: CommandContext,
  action: Wanted,
  id: string,
): Promise<ExecutionPermit<Wanted>> {
  const unseen = decideOnUnseenExecution(caller, action, id);
  if (unseen) return unseen;
  const select = { sessionId: true, startedBy: true };
  const execution = isId(id) ? await app.db.execution.findUnique({ where: { id }, select }) : null;
  try {
    if (!execution) throw unknownSession(caller, id);
    const { sessionId, startedBy: owner } = execution;
    const session = sessionId === null ? null : (await app.sessions.read(caller, 'READ', sessionId)).session;
    return decideOnExecution(caller, action, { id, owner }, session);
  } catch (error) {
    if (execution?.sessionId == null) await app.sessions.lookForNothing();
    throw error instanceof SessionNotFoundError ? new ExecutionNotFoundError(id) : error;
  }
}
