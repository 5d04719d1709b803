import { type CodeEdit, sizeOfEdits } from './edits.ts';
import { draft, type EventDraft } from './event.ts';
import { SessionUpdated } from './session-events.ts';
import { SESSION_FIELDS, type SessionState } from './state.ts';

/** Edits of at least so many characters stand in the log between two events with the whole text. */
const KEYFRAME_CHARACTERS = 64 * 1024;
/** If the text is long, as many characters as so many texts. */
const KEYFRAME_TEXTS = 6;
/** The row of the session gets the text again after so many events, and after so many characters of edits. */
const CHECKPOINT_EVENTS = 200;
const CHECKPOINT_CHARACTERS = 64 * 1024;

/** What a session's code, language and status become, by an event. */
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

/** Returns the update that leads from a session, which has the number of the event already, to what is wanted. */
export function sessionUpdate(
  before: SessionState,
  wanted: Partial<Pick<SessionState, (typeof SESSION_FIELDS)[number]>>,
  { edits, isWholeText = false }: UpdateOptions,
): SessionUpdate {
  const session = { ...before, ...wanted };
  const changed = SESSION_FIELDS.filter(
    (field) => session[field] !== before[field] || (field === 'code' && edits.length > 0),
  );
  const isOfCode = edits.length > 0;
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

function keyframeSize({ code }: SessionState): number {
  return Math.max(KEYFRAME_CHARACTERS, KEYFRAME_TEXTS * code.length);
}

function isCheckpointDue({ seq, codeSeq, editSize }: SessionState, newSize: number): boolean {
  const steps = (size: number) => Math.floor(size / CHECKPOINT_CHARACTERS);
  return seq - codeSeq >= CHECKPOINT_EVENTS || steps(newSize) > steps(editSize);
}
