import { SYSTEM } from '../access/caller.ts';
import type { AppContext } from '../app.ts';
import type { ExecutionChunk } from '../database/generated/client.ts';
import { ExecutionNotRunningError, SessionNotFoundError } from '../errors.ts';
import { type Execution, IN_FLIGHT } from './model.ts';
import { recordStep } from './store.ts';
import { publishEnd } from './stream.ts';

/** Marks executions of dead servers as SANDBOX_ERROR, with the output that is stored. */
export async function closeAbandoned(app: AppContext): Promise<void> {
  const ids = await findAbandoned(app);
  if (ids.length === 0) return;
  const abandoned = await app.db.execution.findMany({
    where: { id: { in: ids } },
    include: { chunks: { orderBy: { seq: 'asc' } } },
  });
  for (const { chunks, instanceId: _instance, cancelRequested: _cancel, ...execution } of abandoned) {
    try {
      await recordStep({ app, caller: SYSTEM }, asAbandoned(execution, chunks));
      publishEnd(app, execution.id, chunks.at(-1)?.seq ?? 0);
    } catch (error) {
      // Another instance was first, or its session is gone.
      if (!(error instanceof ExecutionNotRunningError || error instanceof SessionNotFoundError)) throw error;
    }
  }
}

async function findAbandoned({ db, instances }: AppContext): Promise<string[]> {
  // Who is alive is read second: an instance that has just started takes its lease before it stores an execution.
  const inFlight = await db.execution.findMany({
    where: { status: { in: [...IN_FLIGHT] } },
    select: { id: true, instanceId: true },
  });
  if (inFlight.every(({ instanceId }) => instanceId === instances.id)) return [];
  const alive = await instances.alive();
  if (!alive) return [];
  const isAbandoned = (instanceId: string | null) => instanceId === null || !alive.includes(instanceId);
  return inFlight.flatMap(({ id, instanceId }) => (isAbandoned(instanceId) ? [id] : []));
}

function asAbandoned(execution: Execution, chunks: readonly ExecutionChunk[]): Execution {
  const textOf = (stream: ExecutionChunk['stream']) =>
    chunks
      .filter((chunk) => chunk.stream === stream)
      .map(({ text }) => text)
      .join('');
  const when = execution.status === 'QUEUED' ? 'before the program started' : 'while the program ran';
  return {
    ...execution,
    status: 'SANDBOX_ERROR',
    stdout: textOf('STDOUT'),
    stderr: textOf('STDERR'),
    error: `The server stopped ${when}`,
    finishedAt: new Date(),
  };
}
