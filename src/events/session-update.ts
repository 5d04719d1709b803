import { InvalidInputError } from '../errors.ts';
import { type CodeEdit, sizeOfEdits } from './edits.ts';
import { draft, type EventDraft } from './event.ts';
import { SessionUpdated } from './session-events.ts';
import { SESSION_FIELDS, type SessionState } from './state.ts';

/** Edits of at least so many characters stand in the log between two events with the whole text. */
const KEYFRAME_CHARACTERS = 64 * 1024;
/** If the text is long, as many characters as so many texts. */
const KEYFRAME_TEXTS = 4;
/** The row of the session gets the text again after so many events, and after so many characters of edits. */
const CHECKPOINT_EVENTS = 200;
const CHECKPOINT_CHARACTERS = 64 * 1024;

/** What an update wants of a session beside its code; what is left out stays. */
export type WantedFields = Partial<Pick<SessionState, Exclude<(typeof SESSION_FIELDS)[number], 'code'>>>;

/** What the fields of a session that an update can change become, by an event. */
export interface SessionUpdate {
  readonly session: SessionState;
  readonly event: EventDraft;
  /** Whether the row of the session gets the text: then the state of its document must be stored as well. */
  readonly isCheckpoint: boolean;
}

export interface UpdateOptions {
  /** What led to the new code; none if it stays. */
  readonly edits: readonly CodeEdit[];
  /** Whether the row of the session gets the text in any case. */
  readonly isWholeText?: boolean;
}

/** Returns the fields of a session that what is wanted would change. */
export function changedFields(
  before: SessionState,
  wanted: WantedFields & Partial<Pick<SessionState, 'code'>>,
): (typeof SESSION_FIELDS)[number][] {
  return SESSION_FIELDS.filter((field) => {
    const [old, now] = [before[field], wanted[field]];
    return now !== undefined && old?.valueOf() !== now?.valueOf();
  });
}

/**
 * Returns the update that leads from a session, which has the number of the event already, to what is wanted. Throws
 * InvalidInputError for a session that is to go on after its end.
 */
export function sessionUpdate(
  before: SessionState,
  wanted: WantedFields & Partial<Pick<SessionState, 'code'>>,
  { edits, isWholeText = false }: UpdateOptions,
): SessionUpdate {
  const session = { ...before, ...wanted };
  const isOfCode = edits.length > 0;
  const changed = changedFields(before, session);
  if (isOfCode && !changed.includes('code')) changed.unshift('code');
  if (changed.includes('status')) checkEnd(session);
  const editSize = before.editSize + sizeOfEdits(edits);
  const isKeyframe = !isOfCode || changed.length > 1 || editSize > keyframeSize(session);
  const isCheckpoint = isOfCode && (isWholeText || isKeyframe || isCheckpointDue(before, editSize));
  const updated = {
    ...session,
    editSize: isKeyframe ? 0 : editSize,
    codeSeq: isCheckpoint ? session.seq : session.codeSeq,
  };
  return {
    session: updated,
    event: draft(SessionUpdated, { session: updated, changed, edits: [...edits] }),
    isCheckpoint,
  };
}

function checkEnd({ status, expiresAt, updatedAt }: SessionState): void {
  if (status === 'COMPLETED' || expiresAt === null || expiresAt > updatedAt) return;
  throw new InvalidInputError(
    'expiresAt',
    'expiresAt is over: the session goes on with another, or with null',
  );
}

function keyframeSize({ code }: SessionState): number {
  return Math.max(KEYFRAME_CHARACTERS, KEYFRAME_TEXTS * code.length);
}

function isCheckpointDue({ seq, codeSeq, editSize }: SessionState, newSize: number): boolean {
  const steps = (size: number) => Math.floor(size / CHECKPOINT_CHARACTERS);
  return seq - codeSeq >= CHECKPOINT_EVENTS || steps(newSize) > steps(editSize);
}
