import { ChangeSet, Text } from '@codemirror/state';
import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';
import { codeText } from '../validation.ts';
import { cutsSurrogatePair } from './surrogates.ts';

/** The most changes in one edit. */
export const MAX_CHANGES = 10_000;

const textChange = z.object({
  at: z.int().min(0).describe('Where, in UTF-16 units of the text before the edit'),
  delete: z.int().min(0).describe('How many UTF-16 units to delete from there on'),
  insert: codeText.describe('What to insert there'),
});

/** One place of an edit. Positions are UTF-16 units of the text before the edit. */
export type TextChange = Readonly<z.infer<typeof textChange>>;

/** An edit: its changes in ascending order, which do not overlap. */
export type Edit = readonly TextChange[];

/** An edit as a client sends it. Whether it fits the text is checked by `rebaseEdit`. */
export const editSchema = z
  .array(textChange)
  .max(MAX_CHANGES)
  .refine(isAscending, { error: 'must be in ascending order and must not overlap' });

function isAscending(edit: Edit): boolean {
  return edit.every((change, i) => {
    const before = edit[i - 1];
    return !before || before.at + before.delete <= change.at;
  });
}

/** Returns `text` after an edit that fits it. */
export function applyEdit(text: string, edit: Edit): string {
  let result = '';
  let end = 0;
  for (const change of edit) {
    result += text.slice(end, change.at) + change.insert;
    end = change.at + change.delete;
  }
  return result + text.slice(end);
}

/** Returns one edit that does what the edits do one after the other. The first one fits a text of `length`. */
export function composeEdits(edits: readonly Edit[], length: number): Edit {
  const start = ChangeSet.empty(length);
  return fromChangeSet(edits.reduce((all, edit) => all.compose(toChangeSet(edit, all.newLength)), start));
}

/**
 * Returns `edit`, which was made on an older text, as an edit of `text`; `later` are the edits that led from the
 * older text to `text`. Throws InvalidInputError if it does not fit.
 *
 * It is moved over one edit of the log after the other. Where both insert at one place, the log's text comes first.
 * A client that types on while its edit is in flight does the same with each edit of the log, as `receiveUpdates` of
 * @codemirror/collab does with one update at a time. Then both have the same text. Moving over several edits as one
 * is not the same where one deletes text and another one inserts there.
 */
export function rebaseEdit(edit: Edit, later: readonly Edit[], text: string): Edit {
  let length = text.length - later.reduce((sum, one) => sum + growth(one), 0);
  let changes = toChangeSet(edit, length);
  for (const one of later) {
    changes = changes.map(toChangeSet(one, length));
    length += growth(one);
  }
  const rebased = fromChangeSet(changes);
  // A pair that is cut here was cut in the older text, too: the log's edits cut none.
  if (rebased.some((change) => cutsPair(text, change))) throw misfit('must not cut a surrogate pair');
  return rebased;
}

function cutsPair(text: string, { at, delete: length }: TextChange): boolean {
  return cutsSurrogatePair(text, at) || cutsSurrogatePair(text, at + length);
}

/** By how many UTF-16 units an edit makes the text longer. */
export function growth(edit: Edit): number {
  return edit.reduce((sum, change) => sum + change.insert.length - change.delete, 0);
}

function toChangeSet(edit: Edit, length: number): ChangeSet {
  const last = edit.at(-1);
  if (last && last.at + last.delete > length) throw misfit('must be inside of the text');
  return ChangeSet.of(
    edit.map(({ at, delete: deleted, insert }) => ({
      from: at,
      to: at + deleted,
      // A plain string would lose its carriage returns.
      insert: Text.of([insert]),
    })),
    length,
  );
}

function fromChangeSet(changes: ChangeSet): Edit {
  const edit: TextChange[] = [];
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    edit.push({ at: from, delete: to - from, insert: inserted.toString() });
  });
  return edit;
}

function misfit(requirement: string): InvalidInputError {
  return new InvalidInputError('changes', `changes ${requirement}`);
}
