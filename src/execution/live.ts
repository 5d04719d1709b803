import type { AppContext } from '../context.ts';
import type { ExecutionChunk } from '../database/generated/client.ts';
import { Live } from '../events/live.ts';

/** A stored chunk of an execution's output, or with `chunk` null its end, which is numbered after the last. */
export interface OutputMessage {
  readonly executionId: string;
  readonly seq: number;
  readonly chunk: ExecutionChunk | null;
}

/** The live delivery of executions' output. */
export class LiveOutput extends Live<OutputMessage> {
  constructor() {
    super(({ executionId, seq }) => ({ key: executionId, seq }));
  }
}

/** Publishes chunks that this instance has stored. */
export function publishChunks({ bus, output }: AppContext, chunks: readonly ExecutionChunk[]): void {
  const [first, last] = [chunks.at(0), chunks.at(-1)];
  if (!first || !last) return;
  bus.publish({ kind: 'output', executionId: first.executionId, after: first.seq - 1, seq: last.seq });
  for (const chunk of chunks) output.deliver({ executionId: chunk.executionId, seq: chunk.seq, chunk });
}

/** Publishes that an execution has ended after the chunk `last`. */
export function publishEnd({ bus, output }: AppContext, executionId: string, last: number): void {
  bus.publish({ kind: 'output', executionId, after: last, seq: last + 1 });
  output.deliver({ executionId, seq: last + 1, chunk: null });
}
