import * as Y from 'yjs';
import type { Permit } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { DocumentResetError } from '../errors.ts';
import { isEventOf, type SessionEvent } from '../events/event.ts';
import { SessionUpdated } from '../events/session-events.ts';
import { followEvents } from '../events/stream.ts';
import type { Pulled, Source } from '../streams/source.ts';
import { readDocument } from './change.ts';

/** What a Yjs document lacks to be as the log has it after an event. */
export interface DocumentUpdate {
  readonly seq: number;
  readonly epoch: number;
  readonly update: Uint8Array;
}

/**
 * Reads what a Yjs document with this state vector lacks. Throws SessionNotFoundError, EditRefusedError, and
 * DocumentResetError for a document of an older epoch.
 */
export function readMissing(
  app: AppContext,
  permit: Permit<'READ'>,
  vector: Uint8Array | undefined,
): Promise<DocumentUpdate> {
  return readDocument(app, permit, (document, { seq, epoch }, live) => {
    const update = document.state(vector);
    if (vector) live.requireEpoch(Y.decodeStateVector(vector).keys(), epoch);
    return { seq, epoch, update };
  });
}

/**
 * Follows the Yjs document of a session: first what a document with this state vector lacks, then each commit. Throws
 * what `readMissing` throws. Ends with DocumentResetError when a new epoch begins.
 */
export async function followDocument(
  app: AppContext,
  permit: Permit<'READ'>,
  vector: Uint8Array | undefined,
): Promise<Source<DocumentUpdate>> {
  const first = await readMissing(app, permit, vector);
  return new UpdateSource(first, await followEvents(app, permit, first.seq));
}

class UpdateSource implements Source<DocumentUpdate> {
  readonly #epoch: number;
  readonly #events: Source<SessionEvent>;
  #first: DocumentUpdate | null;

  constructor(first: DocumentUpdate, events: Source<SessionEvent>) {
    this.#first = first;
    this.#epoch = first.epoch;
    this.#events = events;
  }

  pull(take: (pulled: Pulled<DocumentUpdate>) => void): void {
    const first = this.#first;
    this.#first = null;
    if (first) take({ item: first });
    else this.#pullNext(take);
  }

  #pullNext(take: (pulled: Pulled<DocumentUpdate>) => void): void {
    this.#events.pull((pulled) => {
      if (!('item' in pulled)) return take(pulled);
      const { item: event } = pulled;
      if (!isEventOf(SessionUpdated, event)) return this.#pullNext(take);
      const { session, edits } = event.data;
      if (session.epoch > this.#epoch) {
        this.close();
        return take({ error: new DocumentResetError() });
      }
      if (edits.length === 0) return this.#pullNext(take);
      const update = Y.mergeUpdates(edits.map((edit) => Buffer.from(edit.update, 'base64')));
      take({ item: { seq: event.seq, epoch: this.#epoch, update } });
    });
  }

  close(): void {
    this.#events.close();
  }
}
