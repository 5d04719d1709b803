import type { Database } from '../database/client.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../database/errors.ts';
import type { ExecutionChunk } from '../database/generated/client.ts';
import type { OutputStream } from '../database/generated/enums.ts';
import { isId } from '../ids.ts';
import type { Head, Log } from '../streams/log.ts';
import { hasEnded } from './model.ts';

/** A piece of a program's output. */
export type OutputChunk = ExecutionChunk;

const PAGE = 100;

/** Stores chunks of an execution. Returns false when the execution is gone, with its session. */
export async function storeChunks(db: Database, chunks: OutputChunk[]): Promise<boolean> {
  try {
    await db.executionChunk.createMany({ data: chunks });
    return true;
  } catch (error) {
    // An attempt whose answer was lost had stored them.
    if (isUniqueViolation(error)) return true;
    if (isForeignKeyViolation(error)) return false;
    throw error;
  }
}

/** The output of programs, by the execution's id. */
export function outputLog(db: Database): Log<OutputChunk> {
  return {
    heads: (ids) => readHeads(db, ids.filter(isId)),
    read: (id, after) => readChunks(db, id, after),
    size: ({ text }) => text.length,
    lastItem: () => null,
  };
}

async function readHeads(db: Database, ids: string[]): Promise<Map<string, Head>> {
  // Whether it has ended is read first: when it has, the chunks that are read next are all.
  const executions = await db.execution.findMany({
    where: { id: { in: ids } },
    select: { id: true, status: true },
  });
  const newest = await db.executionChunk.groupBy({
    by: ['executionId'],
    where: { executionId: { in: executions.map(({ id }) => id) } },
    _max: { seq: true },
  });
  const seqs = new Map(newest.map(({ executionId, _max }) => [executionId, _max.seq ?? 0]));
  const heads = executions.map(async (execution): Promise<[string, Head]> => {
    const { id } = execution;
    const ended = hasEnded(execution);
    const seq = seqs.get(id) ?? (ended ? (await readWholeOutput(db, id)).length : 0);
    return [id, { seq, hasEnded: ended }];
  });
  return new Map(await Promise.all(heads));
}

async function* readChunks(db: Database, executionId: string, after: number): AsyncGenerator<OutputChunk> {
  for (let last = after; ; ) {
    const chunks = await db.executionChunk.findMany({
      where: { executionId, seq: { gt: last } },
      orderBy: { seq: 'asc' },
      take: PAGE,
    });
    yield* chunks;
    const newest = chunks.at(-1);
    if (!newest && last === after) yield* (await readWholeOutput(db, executionId)).slice(after);
    if (!newest || chunks.length < PAGE) return;
    last = newest.seq;
  }
}

/** The output of an execution that was stored at its end alone: a chunk for each stream that has some. */
async function readWholeOutput(db: Database, executionId: string): Promise<OutputChunk[]> {
  const execution = await db.execution.findUnique({
    where: { id: executionId },
    select: {
      stdout: true,
      stderr: true,
      createdAt: true,
      finishedAt: true,
      _count: { select: { chunks: true } },
    },
  });
  if (!execution || execution._count.chunks > 0) return [];
  const { stdout, stderr, createdAt, finishedAt } = execution;
  const streams: [OutputStream, string][] = [
    ['STDOUT', stdout],
    ['STDERR', stderr],
  ];
  return streams
    .filter(([, text]) => text !== '')
    .map(([stream, text], index) => ({
      executionId,
      seq: index + 1,
      stream,
      text,
      at: finishedAt ?? createdAt,
    }));
}
