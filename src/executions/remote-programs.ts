import { SYSTEM } from '../access/caller.ts';
import { decideOnExecution } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { cancelWanted, stdinAnswered, stdinSent } from './topics.ts';

/** Does what other instances ask of the programs that run here: cancels them and gives them input. */
export function serveRemotePrograms({ bus, executions }: Pick<AppContext, 'bus' | 'executions'>): void {
  // The instance that was asked has decided.
  const find = (id: string) => executions.find(decideOnExecution(SYSTEM, 'RUN', { id, owner: null }, null));
  bus.subscribe(cancelWanted, ({ executionId }) => find(executionId)?.cancel('Cancelled'));
  bus.subscribe(stdinSent, ({ requestId, executionId, data, end }) => {
    const answer = find(executionId)?.stdin.write(data, end);
    if (answer) bus.publish(stdinAnswered, { requestId, answer });
  });
}
