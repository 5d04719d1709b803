import * as Y from 'yjs';
import { AppError } from '../errors.ts';
import { composeEdits, type Edit, growth } from '../text/text-change.ts';
import type { AppliedEdit, YjsDocument } from './yjs-document.ts';

/** So long the first changes may take before the others wait for the next flush, so that nobody else waits long. */
const MAX_MS = 25;

/** A change that waits for the next commit of its document. */
export interface PendingChange {
  /** Null where the mode lets nobody in particular edit. */
  readonly userId: string | null;
  /** Names the edit to its client, who may send it again. */
  readonly id: string | null;
  /**
   * Changes the document; returns null where it refers to something that the document has not. `earlier` are the edits
   * since the state of the log. Throws AppError to refuse the change.
   */
  apply(document: YjsDocument, earlier: readonly Edit[]): AppliedEdit | null;
}

/** One edit of an event. */
export interface CommittedEdit extends AppliedEdit {
  readonly userId: string | null;
  readonly id: string | null;
}

/** What came of one change. */
export type Outcome = { readonly edit: AppliedEdit } | { readonly error: AppError } | 'incomplete';

export interface Flush {
  /** The document with the changes; another one if that was damaged. Throw it away if the append fails. */
  readonly document: YjsDocument;
  /** To be appended, in this order: each edit with an id, and one for each run of others by one author. */
  readonly edits: readonly CommittedEdit[];
  /** One for each change that there was time for. The others wait for the next flush. */
  readonly outcomes: readonly Outcome[];
}

/** Applies changes that wait, one after the other, as many as there is time for. `rebuild` makes the document again as the log has it. */
export function flush(
  document: YjsDocument,
  changes: readonly PendingChange[],
  rebuild: () => YjsDocument,
): Flush {
  const length = document.text.length;
  const applied: CommittedEdit[] = [];
  const outcomes: Outcome[] = [];
  let current = document;
  const started = performance.now();
  for (const change of changes) {
    if (outcomes.length > 0 && performance.now() - started > MAX_MS) break;
    const outcome = outcomeOf(change, current, applied);
    outcomes.push(outcome);
    if (typeof outcome === 'object' && 'edit' in outcome && !isEmpty(outcome.edit)) {
      applied.push({ ...outcome.edit, userId: change.userId, id: change.id });
    }
    if (current.isDamaged) {
      current = rebuild();
      current.applyCommitted(applied);
    }
  }
  return { document: current, edits: joinRuns(applied, length), outcomes };
}

function outcomeOf(change: PendingChange, document: YjsDocument, applied: readonly CommittedEdit[]): Outcome {
  try {
    const edit = change.apply(
      document,
      applied.map(({ changes }) => changes),
    );
    return edit ? { edit } : 'incomplete';
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}

/** Whether an edit changes nothing, not even what Yjs knows of the text. */
function isEmpty({ update }: AppliedEdit): boolean {
  return update.length === 2;
}

function joinRuns(edits: readonly CommittedEdit[], length: number): CommittedEdit[] {
  const runs: { first: CommittedEdit; parts: CommittedEdit[] }[] = [];
  for (const edit of edits) {
    const run = runs.at(-1);
    const isSame = run && run.first.id === null && edit.id === null && run.first.userId === edit.userId;
    if (isSame) run.parts.push(edit);
    else runs.push({ first: edit, parts: [edit] });
  }
  let before = length;
  return runs.map(({ first, parts }) => {
    const start = before;
    for (const { changes } of parts) before += growth(changes);
    if (parts.length === 1) return first;
    const changes = composeEdits(
      parts.map((part) => part.changes),
      start,
    );
    return { ...first, changes, update: Y.mergeUpdates(parts.map(({ update }) => update)) };
  });
}
