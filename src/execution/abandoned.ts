import type { AppContext } from '../context.ts';
import type { Execution, ExecutionChunk, Prisma } from '../database/generated/client.ts';
import { ExecutionNotRunningError, SessionNotFoundError } from '../errors.ts';
import { publishEnd } from './live.ts';
import { IN_FLIGHT } from './model.ts';
import { recordStep } from './record.ts';

/** Closes the executions that have not ended, of those that `where` describes, with what is stored of their output. */
export async function closeAbandoned(app: AppContext, where: Prisma.ExecutionWhereInput): Promise<void> {
  const abandoned = await app.db.execution.findMany({
    where: { ...where, status: { in: [...IN_FLIGHT] } },
    include: { chunks: { orderBy: { seq: 'asc' } } },
  });
  for (const { chunks, ...execution } of abandoned) {
    try {
      await recordStep(app, asAbandoned(execution, chunks));
      publishEnd(app, execution.id, chunks.at(-1)?.seq ?? 0);
    } catch (error) {
      // Another instance was first, or its session is gone.
      if (!(error instanceof ExecutionNotRunningError || error instanceof SessionNotFoundError)) throw error;
    }
  }
}

function asAbandoned(execution: Execution, chunks: readonly ExecutionChunk[]): Execution {
  const textOf = (stream: ExecutionChunk['stream']) =>
    chunks
      .filter((chunk) => chunk.stream === stream)
      .map(({ text }) => text)
      .join('');
  const what = execution.status === 'QUEUED' ? 'before the program started' : 'while the program ran';
  return {
    ...execution,
    status: 'SANDBOX_ERROR',
    stdout: textOf('STDOUT'),
    stderr: textOf('STDERR'),
    error: `The server stopped ${what}`,
    finishedAt: new Date(),
  };
}
