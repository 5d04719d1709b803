import type { ExecutionPermit } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import type { Execution as ExecutionRow } from '../database/generated/client.ts';
import {
  AppError,
  ExecutionNotFoundError,
  ExecutionNotRunningError,
  InvalidInputError,
  SessionNotFoundError,
} from '../errors.ts';
import { isId } from '../ids.ts';
import { STDIN_LIMIT_BYTES } from '../sandbox/sandbox.ts';
import { decideOnExecutionOf, decideToRun, starterOf } from './access.ts';
import { toLimits } from './limits.ts';
import {
  type ExecuteCodeInput,
  type Execution,
  type Finished,
  hasEnded,
  newExecution,
  type WriteStdinInput,
} from './model.ts';
import { cancelWanted } from './topics.ts';

/**
 * Runs a program and returns when it has ended, well or not. Its stdin is the given text, then closed. Throws
 * SessionNotFoundError, InvalidInputError and TooManyExecutionsError.
 */
export async function executeCode(context: CommandContext, input: ExecuteCodeInput): Promise<Finished> {
  // Outside a session nobody can see it before it has ended: it is stored once, then.
  const { finished } = await begin(context, input, input.stdin ?? '', input.sessionId != null);
  return finished;
}

/** Queues a program and returns at once. Throws as executeCode does. */
export async function startExecution(context: CommandContext, input: ExecuteCodeInput): Promise<Execution> {
  const { queued, finished } = await begin(context, input, input.stdin ?? null, true);
  finished.catch((error: unknown) => {
    if (error instanceof SessionNotFoundError) return;
    context.app.log.error({ err: error, executionId: queued.id }, 'An execution failed');
  });
  return queued;
}

/**
 * Ends an execution that waits or runs; it may take a moment to end. Returns it as it is now.
 * Throws ExecutionNotFoundError, and ExecutionNotRunningError when it has ended already.
 */
export async function cancelExecution(context: CommandContext, id: string): Promise<Execution> {
  const permit = await decideOnExecutionOf(context, 'RUN', id);
  const { app } = context;
  const here = app.executions.find(permit);
  if (here) {
    here.cancel('Cancelled');
    return here.execution;
  }
  const stored = await findInFlight(app, permit);
  // The instance that runs it looks for this every few seconds, should the bus lose the message.
  await app.db.execution.updateMany({ where: { id }, data: { cancelRequested: true } });
  app.bus.publish(cancelWanted, { executionId: id });
  return stored;
}

/**
 * Gives a program input, and closes its stdin when `end` says so. Returns the execution as it is now. Throws
 * ExecutionNotFoundError, InvalidInputError, ExecutionNotRunningError when it has ended or its stdin is
 * closed, and SERVICE_UNAVAILABLE when the instance that runs it does not answer.
 */
export async function writeStdin(context: CommandContext, input: WriteStdinInput): Promise<Execution> {
  const { executionId: id, data, end } = input;
  const permit = await decideOnExecutionOf(context, 'RUN', id);
  const { app } = context;
  const here = app.executions.find(permit);
  const execution = here?.execution ?? (await findInFlight(app, permit));
  const answer = here
    ? here.stdin.write(data ?? '', end ?? false)
    : await app.remoteStdin.write(id, data ?? '', end ?? false);
  switch (answer) {
    case 'written':
      return here?.execution ?? execution;
    case 'ended':
      throw new ExecutionNotRunningError(id);
    case 'closed':
      throw new ExecutionNotRunningError(id, 'takes no more input: its standard input is closed');
    case 'tooMuch':
      throw new InvalidInputError('data', `data must be at most ${STDIN_LIMIT_BYTES} bytes, all in all`);
    case null:
      throw new AppError('SERVICE_UNAVAILABLE', 'The server that runs the program does not answer');
  }
}

/** Returns the execution with this id; null when there is none. */
export async function findExecution(context: CommandContext, id: string): Promise<ExecutionRow | null> {
  if (!isId(id)) return null;
  try {
    const { executionId } = await decideOnExecutionOf(context, 'READ', id);
    return await context.app.db.execution.findUnique({ where: { id: executionId } });
  } catch (error) {
    if (error instanceof ExecutionNotFoundError) return null;
    throw error;
  }
}

/** Returns the stored execution. Throws ExecutionNotFoundError, and ExecutionNotRunningError when it has ended. */
async function findInFlight(
  app: AppContext,
  { executionId: id }: ExecutionPermit<'RUN'>,
): Promise<Execution> {
  const stored = isId(id) ? await app.db.execution.findUnique({ where: { id } }) : null;
  if (!stored) throw new ExecutionNotFoundError(id);
  if (hasEnded(stored)) throw new ExecutionNotRunningError(id);
  return stored;
}

async function begin(
  context: CommandContext,
  input: ExecuteCodeInput,
  stdin: string | null,
  persisted: boolean,
) {
  const { app } = context;
  const permit = await decideToRun(context, input.sessionId ?? null);
  const typeCheck = input.typeCheck ?? false;
  if (typeCheck && input.language !== 'TYPESCRIPT') {
    throw new InvalidInputError('typeCheck', 'typeCheck is for TypeScript: leave it out for other languages');
  }
  const limits = toLimits(app.config, input);
  const place = app.executions.reserve(permit);
  try {
    const queued = newExecution(permit, input, await starterOf(context, permit.sessionId));
    const plan = { limits, typeCheck, place, persisted };
    const { finished } = await app.executions.start(context, queued, plan, stdin);
    return { queued, finished };
  } catch (error) {
    place.release();
    throw error;
  }
}
