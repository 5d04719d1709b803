import type { AppContext } from '../context.ts';
import type { BusMessage } from '../events/bus.ts';
import { findOutput } from './chunks.ts';

/** How often an instance looks for output of others that no message told of. */
const POLL_MS = 5_000;

/** Does what other instances ask for, and delivers their output here. Answers a function that stops it. */
export function relayExecutions(app: AppContext): () => void {
  const catchUp = (executionId: string, after: number) =>
    app.turns
      .run(executionId, () => deliverMissed(app, executionId, after))
      .catch((err: unknown) => app.log.warn({ err, executionId }, 'Output of another instance comes late'));

  const look = () => {
    for (const id of app.output.watched().keys()) if (!app.executions.find(id)) void catchUp(id, 0);
  };

  const receive = (message: BusMessage) => {
    switch (message.kind) {
      case 'cancel':
        app.executions.find(message.executionId)?.cancel('Cancelled');
        break;
      case 'stdin': {
        const answer = app.executions.find(message.executionId)?.stdin.write(message.data, message.end);
        if (answer) app.bus.publish({ kind: 'stdinAnswer', requestId: message.requestId, answer });
        break;
      }
      case 'stdinAnswer':
        app.remoteStdin.settle(message.requestId, message.answer);
        break;
      case 'output':
        if (message.seq > (app.output.lastDelivered(message.executionId) ?? 0)) {
          void catchUp(message.executionId, message.after);
        }
        break;
    }
  };

  app.bus.listen({ onMessage: receive, onGap: look });
  const timer = setInterval(look, POLL_MS);
  return () => clearInterval(timer);
}

/** Reads once, for all who listen here, what they were not given; from `after` when they were given nothing. */
async function deliverMissed(app: AppContext, executionId: string, after: number): Promise<void> {
  const delivered = app.output.lastDelivered(executionId);
  if (delivered === undefined || app.executions.find(executionId)) return;
  const stored = await findOutput(app, executionId);
  let last = delivered ?? after;
  for await (const chunk of stored?.chunksAfter(last) ?? []) {
    app.output.deliver({ executionId, seq: chunk.seq, chunk });
    last = chunk.seq;
  }
  // An execution that is gone was deleted with its session.
  if (!stored || stored.ended) app.output.deliver({ executionId, seq: last + 1, chunk: null });
}
