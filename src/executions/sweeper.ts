import { SYSTEM } from '../access/caller.ts';
import { decideOnExecution } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { repeat } from '../background-tasks.ts';
import { closeAbandoned } from './abandoned.ts';
import { IN_FLIGHT } from './model.ts';

const SWEEP_MS = 5_000;

/**
 * Marks executions that nobody takes care of as SANDBOX_ERROR, now and every few seconds. Ends the programs of this
 * instance that another one wants cancelled or has marked. Returns a function that stops it.
 */
export async function sweepExecutions(app: AppContext): Promise<() => void> {
  await closeAbandoned(app);
  return repeat(app, SWEEP_MS, 'Abandoned executions could not be looked for', async () => {
    await endUnwanted(app);
    await closeAbandoned(app);
  });
}

async function endUnwanted({ db, executions }: AppContext): Promise<void> {
  const ids = executions.ids();
  if (ids.length === 0) return;
  const running = await db.execution.findMany({
    where: { id: { in: ids }, status: { in: [...IN_FLIGHT] }, cancelRequested: false },
    select: { id: true },
  });
  const wanted = new Set(running.map(({ id }) => id));
  for (const id of ids) {
    if (wanted.has(id)) continue;
    executions.find(decideOnExecution(SYSTEM, 'RUN', { id, owner: null }, null))?.cancel('Cancelled');
  }
}
