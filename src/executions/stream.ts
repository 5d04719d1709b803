import type { ExecutionPermit } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { ExecutionNotFoundError, OutsideLogError } from '../errors.ts';
import { follow } from '../streams/follow.ts';
import { entryOf } from '../streams/log.ts';
import type { Source } from '../streams/source.ts';
import type { OutputChunk } from './output-log.ts';
import { outputAppended } from './topics.ts';

/**
 * Follows the output of a program after a chunk: each in order and once, as the program prints it. Ends with
 * the execution. Throws ExecutionNotFoundError and OutsideLogError.
 */
export async function followOutput(
  { output }: AppContext,
  { executionId }: ExecutionPermit<'READ'>,
  after: number,
): Promise<Source<OutputChunk>> {
  return follow(output, executionId, (head) => {
    if (!head) throw new ExecutionNotFoundError(executionId);
    if (after < 0 || after > head.seq) throw new OutsideLogError(head.seq, 'chunk');
    return after;
  });
}

/** Publishes chunks that this instance has stored. */
export function publishChunks({ bus, output }: AppContext, chunks: readonly OutputChunk[]): void {
  const [first, last] = [chunks.at(0), chunks.at(-1)];
  if (!first || !last) return;
  bus.publish(outputAppended, { key: first.executionId, after: first.seq - 1, seq: last.seq });
  for (const chunk of chunks) output.broadcaster.publish(chunk.executionId, entryOf(chunk));
}

/** Publishes that an execution has ended after the chunk `last`. */
export function publishEnd({ bus, output }: AppContext, executionId: string, last: number): void {
  const seq = last + 1;
  bus.publish(outputAppended, { key: executionId, after: last, seq });
  output.broadcaster.publish(executionId, { seq, item: null, isLast: true });
}
