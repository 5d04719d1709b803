import type { AppContext } from '../context.ts';
import { isDuplicate, isOrphan } from '../database/errors.ts';
import type { ExecutionChunk } from '../database/generated/client.ts';
import type { OutputStream } from '../database/generated/enums.ts';
import { hasEnded } from './model.ts';

const PAGE = 100;

/** Stores chunks of an execution; false when the execution is gone, with its session. */
export async function storeChunks(app: AppContext, chunks: ExecutionChunk[]): Promise<boolean> {
  try {
    await app.db.executionChunk.createMany({ data: chunks });
    return true;
  } catch (error) {
    // An attempt whose answer was lost had stored them.
    if (isDuplicate(error)) return true;
    if (isOrphan(error)) return false;
    throw error;
  }
}

/** The chunks after `after`, a page at a time. */
export async function* readChunks(
  app: AppContext,
  executionId: string,
  after: number,
): AsyncGenerator<ExecutionChunk, undefined> {
  for (let last = after; ; ) {
    const chunks = await app.db.executionChunk.findMany({
      where: { executionId, seq: { gt: last } },
      orderBy: { seq: 'asc' },
      take: PAGE,
    });
    yield* chunks;
    const newest = chunks.at(-1);
    if (!newest || chunks.length < PAGE) return;
    last = newest.seq;
  }
}

/** What is stored of an execution's output. */
export interface StoredOutput {
  /** All of it is there. */
  readonly ended: boolean;
  /** The number of the latest chunk, 0 before the first. */
  readonly newest: number;
  chunksAfter(after: number): AsyncIterable<ExecutionChunk> | Iterable<ExecutionChunk>;
}

/** Looks at an execution's output; null when there is no such execution. */
export async function findOutput(app: AppContext, executionId: string): Promise<StoredOutput | null> {
  // Whether it has ended is read first: when it has, the chunks that are read next are all.
  const execution = await app.db.execution.findUnique({
    where: { id: executionId },
    select: { status: true, chunks: { select: { seq: true }, orderBy: { seq: 'desc' }, take: 1 } },
  });
  if (!execution) return null;
  const ended = hasEnded(execution);
  const [newest] = execution.chunks;
  if (ended && !newest) return wholeOutput(app, executionId);
  return { ended, newest: newest?.seq ?? 0, chunksAfter: (after) => readChunks(app, executionId, after) };
}

/** The output of an execution that was stored at its end alone: a chunk for each stream that has some. */
async function wholeOutput(app: AppContext, executionId: string): Promise<StoredOutput> {
  const { stdout, stderr } = await app.db.execution.findUniqueOrThrow({
    where: { id: executionId },
    select: { stdout: true, stderr: true },
  });
  const streams: [OutputStream, string][] = [
    ['STDOUT', stdout],
    ['STDERR', stderr],
  ];
  const chunks = streams
    .filter(([, text]) => text !== '')
    .map(([stream, text], index) => ({ executionId, seq: index + 1, stream, text }));
  return { ended: true, newest: chunks.length, chunksAfter: (after) => chunks.slice(after) };
}
