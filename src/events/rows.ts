import { z } from 'zod';
import type { SessionEvent as SessionEventRow } from '../database/generated/client.ts';
import { applyEdits, type CodeEdit, storedEdits, withAuthor } from './edits.ts';
import { applyEvent, fromRow, isEventOf, type SessionEvent } from './event.ts';
import { CODE_EDITED, SessionCreated, SessionUpdated } from './session-events.ts';
import type { SessionState } from './state.ts';

/** CODE_EDITED holds the edits alone; SessionUpdated, and older rows with CODE_EDITED, hold them in an object. */
const editedCode = z.union([storedEdits, z.object({ edits: storedEdits }).transform(({ edits }) => edits)]);

/** Returns the edits that a row with CODE_EDITED or SessionUpdated holds. */
export function editsOf({ type, data, actor }: Pick<SessionEventRow, 'type' | 'data' | 'actor'>): CodeEdit[] {
  return withAuthor(editedCode.parse(JSON.parse(data)), type === CODE_EDITED ? actor : null);
}

/** Returns a text after the edits of rows with CODE_EDITED, of which this is the data. */
export function withEdits(text: string, rows: readonly string[]): string {
  return rows.reduce(
    (result, data) => applyEdits(result, editsOf({ type: CODE_EDITED, data, actor: null })),
    text,
  );
}

/** Whether a row holds the whole session. */
export function isKeyframe({ type }: SessionEventRow): boolean {
  return type === SessionCreated.name || type === SessionUpdated.name;
}

/** Whether a row can only be read with the session before it. */
export function needsState({ type }: SessionEventRow): boolean {
  return type === CODE_EDITED;
}

/** Makes events of the rows of a log, one after the other, and of a session what they make of it. */
export class LogFold {
  #state: SessionState | null;

  /** `state` is the session before the first row, where it is known. */
  constructor(state: SessionState | null = null) {
    this.#state = state;
  }

  /** Tells the session before the next row, where a row needs it before one that holds the session. */
  start(state: SessionState | null): void {
    this.#state = state;
  }

  /** The session after the latest row; null if no row has told it. */
  get state(): SessionState | null {
    return this.#state;
  }

  /** Returns the event of the next row. */
  next(row: SessionEventRow): SessionEvent {
    const event = needsState(row) ? this.#editedCode(row) : fromRow(row);
    if (isKeyframe(row) || this.#state) this.#state = applyEvent(this.#state ?? NO_STATE, event);
    return event;
  }

  #editedCode(row: SessionEventRow): SessionEvent {
    const { data: _data, ...head } = row;
    if (!this.#state) throw new Error(`No event before ${head.seq} of ${head.sessionId} holds the session`);
    const edits = editsOf(row);
    const code = applyEdits(this.#state.code, edits);
    const session = { ...this.#state, code, seq: head.seq, updatedAt: head.at };
    return { ...head, type: SessionUpdated.name, data: { session, changed: ['code'], edits } };
  }
}

/**
 * Returns what makes events of the rows after a number. The event with this number, or the session as it was then, spare
 * work where they are at hand.
 */
export function foldAfter(seq: number, known: SessionEvent | null, kept: SessionState | null): LogFold {
  return new LogFold(known?.seq === seq && isEventOf(SessionUpdated, known) ? known.data.session : kept);
}

/** A keyframe takes nothing from the session before it. */
export const NO_STATE: SessionState = {
  id: '',
  code: '',
  codeSeq: 0,
  epoch: 0,
  editSize: 0,
  language: 'JAVASCRIPT',
  status: 'ACTIVE',
  seq: 0,
  owner: null,
  locks: '',
  expiresAt: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  users: [],
};
