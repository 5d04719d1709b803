import { SYSTEM } from '../access/caller.ts';
import type { AppContext } from '../app.ts';
import { forEachInTurn } from '../background-tasks.ts';
import type { ExecutionChunk } from '../database/generated/client.ts';
import { ExecutionNotRunningError, SessionNotFoundError } from '../errors.ts';
import { type Execution, IN_FLIGHT } from './model.ts';
import { recordStep } from './store.ts';
import { publishEnd } from './stream.ts';

/**
 * Marks executions that nobody takes care of as SANDBOX_ERROR, with the output that is stored: those of dead servers, and
 * those of this one whose end it could not record.
 */
export async function closeAbandoned(app: AppContext): Promise<void> {
  const ids = await findAbandoned(app);
  if (ids.length === 0) return;
  const abandoned = await app.db.execution.findMany({
    where: { id: { in: ids } },
    include: { chunks: { orderBy: { seq: 'asc' } } },
  });
  await forEachInTurn(abandoned, async ({ chunks, instanceId, cancelRequested: _cancel, ...execution }) => {
    const what = instanceId === app.instances.id ? 'failed' : 'stopped';
    try {
      await recordStep({ app, caller: SYSTEM }, asAbandoned(execution, chunks, what));
      publishEnd(app, execution.id, chunks.at(-1)?.seq ?? 0);
    } catch (error) {
      // Another instance was first, or its session is gone.
      if (!(error instanceof ExecutionNotRunningError || error instanceof SessionNotFoundError)) throw error;
    }
  });
}

async function findAbandoned({ db, instances, executions }: AppContext): Promise<string[]> {
  // Who is alive, and what is held here, is read second: each instance takes its lease and holds an execution before it
  // stores it.
  const inFlight = await db.execution.findMany({
    where: { status: { in: [...IN_FLIGHT] } },
    select: { id: true, instanceId: true },
  });
  const idsOf = (rows: typeof inFlight) => rows.map(({ id }) => id);
  const own = inFlight.filter(({ instanceId }) => instanceId === instances.id);
  const others = inFlight.filter(({ instanceId }) => instanceId !== instances.id);
  const lost = idsOf(own).filter((id) => !executions.holds(id));
  const alive = others.length > 0 ? await instances.alive() : null;
  if (!alive) return lost;
  const abandoned = others.filter(({ instanceId }) => instanceId === null || !alive.includes(instanceId));
  return [...lost, ...idsOf(abandoned)];
}

function asAbandoned(
  execution: Execution,
  chunks: readonly ExecutionChunk[],
  what: 'failed' | 'stopped',
): Execution {
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
    error: `The server ${what} ${when}`,
    finishedAt: new Date(),
  };
}
