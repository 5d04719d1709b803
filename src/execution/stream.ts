import type { AppContext } from '../context.ts';
import type { ExecutionChunk } from '../database/generated/client.ts';
import { ExecutionNotFoundError, OutsideLogError } from '../errors.ts';
import { closing, hold, listenTo, type Stream } from '../events/listen.ts';
import type { Mailbox } from '../events/mailbox.ts';
import { isId } from '../ids.ts';
import { Feed } from '../live/feed.ts';
import { findOutput, readChunks, type StoredOutput } from './chunks.ts';
import type { OutputMessage } from './live.ts';

/**
 * Every chunk of output after `after`, in order and once, each as the program prints it; completes when the
 * execution has ended. Listens first and reads what is stored second, so nothing falls between the two.
 * Throws ExecutionNotFoundError, and OutsideLogError.
 */
export async function followOutput(
  app: AppContext,
  executionId: string,
  after: number,
): Promise<Stream<ExecutionChunk>> {
  const mailbox = listenTo<OutputMessage, OutputMessage>(app.output, executionId, (box, message) =>
    hold(box, message, message.chunk?.text.length ?? 0),
  );
  try {
    const stored = isId(executionId) ? await findOutput(app, executionId) : null;
    if (!stored) throw new ExecutionNotFoundError(executionId);
    if (after < 0 || after > stored.newest) throw new OutsideLogError(stored.newest, 'chunk');
    return closing(mailbox, inOrder(app, executionId, mailbox, stored, after));
  } catch (error) {
    mailbox.end();
    throw error;
  }
}

async function* inOrder(
  app: AppContext,
  executionId: string,
  live: Mailbox<OutputMessage>,
  stored: StoredOutput,
  after: number,
): AsyncGenerator<ExecutionChunk, undefined> {
  let last = after;
  for await (const chunk of stored.chunksAfter(last)) {
    yield chunk;
    last = chunk.seq;
  }
  if (stored.ended) return;
  for await (const { seq, chunk } of new Feed(live)) {
    if (seq > last + 1) {
      for await (const missed of readChunks(app, executionId, last)) {
        yield missed;
        last = missed.seq;
      }
    }
    if (!chunk) return;
    if (seq > last) {
      yield chunk;
      last = seq;
    }
  }
}
