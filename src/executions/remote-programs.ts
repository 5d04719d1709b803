import type { AppContext } from '../app.ts';
import { cancelWanted, stdinAnswered, stdinSent } from './topics.ts';

/** Does what other instances ask of the programs that run here: cancels them and gives them input. */
export function serveRemotePrograms({ bus, executions }: Pick<AppContext, 'bus' | 'executions'>): void {
  bus.subscribe(cancelWanted, ({ executionId }) => executions.find(executionId)?.cancel('Cancelled'));
  bus.subscribe(stdinSent, ({ requestId, executionId, data, end }) => {
    const answer = executions.find(executionId)?.stdin.write(data, end);
    if (answer) bus.publish(stdinAnswered, { requestId, answer });
  });
}
