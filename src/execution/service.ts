import type { AppContext } from '../context.ts';
import { type Execution, Prisma } from '../database/generated/client.ts';
import { ExecutionNotFoundError, ExecutionNotRunningError, SessionNotFoundError } from '../errors.ts';
import { isId, newExecutionId } from '../ids.ts';
import type { ExecuteCodeInput } from './model.ts';

/**
 * Runs a program and answers when it has ended, however it ended. Its stdin is what is given, then closed.
 * Throws SessionNotFoundError and TooManyExecutionsError.
 */
export async function executeCode(app: AppContext, input: ExecuteCodeInput): Promise<Execution> {
  const { finished } = await begin(app, input, input.stdin ?? '');
  return finished;
}

/** Queues a program and answers at once. Throws as executeCode does. */
export async function startExecution(app: AppContext, input: ExecuteCodeInput): Promise<Execution> {
  const { queued, finished } = await begin(app, input, input.stdin ?? null);
  finished.catch((error: unknown) => {
    if (error instanceof SessionNotFoundError) return;
    app.log.error({ err: error, executionId: queued.id }, 'An execution could not be recorded');
  });
  return queued;
}

/**
 * Ends an execution that waits or runs; it may take a moment to end. Answers it as it is now.
 * Throws ExecutionNotFoundError, and ExecutionNotRunningError when it has ended already.
 */
export async function cancelExecution(app: AppContext, id: string): Promise<Execution> {
  const here = app.executions.cancel(id);
  if (here) return here;
  const stored = isId(id) ? await app.db.execution.findUnique({ where: { id } }) : null;
  if (!stored) throw new ExecutionNotFoundError(id);
  if (stored.status !== 'QUEUED' && stored.status !== 'RUNNING') throw new ExecutionNotRunningError(id);
  app.bus.publish({ kind: 'cancel', executionId: id });
  return stored;
}

async function begin(app: AppContext, input: ExecuteCodeInput, stdin: string | null) {
  if (input.sessionId && !isId(input.sessionId)) throw new SessionNotFoundError(input.sessionId);
  const ticket = app.executions.reserve();
  try {
    const queued = await insert(app, input);
    const options = { stdin, timeoutMs: input.timeoutMs ?? null };
    return { queued, finished: app.executions.start(app, queued, options, ticket) };
  } catch (error) {
    ticket.leave();
    throw error;
  }
}

async function insert(app: AppContext, { code, language, sessionId }: ExecuteCodeInput): Promise<Execution> {
  const execution: Execution = {
    id: newExecutionId(),
    sessionId: sessionId ?? null,
    language,
    code,
    status: 'QUEUED',
    stdout: '',
    stderr: '',
    truncated: false,
    exitCode: null,
    error: null,
    executionTime: null,
    memoryPeak: null,
    createdAt: new Date(),
    startedAt: null,
    finishedAt: null,
  };
  try {
    await app.db.execution.createMany({ data: execution });
  } catch (error) {
    if (sessionId && error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003') {
      throw new SessionNotFoundError(sessionId);
    }
    throw error;
  }
  return execution;
}
