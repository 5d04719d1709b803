import { z } from 'zod';
import { applyEdit, type Edit } from '../text/text-change.ts';

/** The Yjs update that changes nothing, as Base64. */
export const NO_UPDATE = 'AAA=';

/** One edit of an event: of one author, or of nobody in particular. */
export interface CodeEdit {
  readonly userId: string | null;
  /** Names the edit to its client, who may send it again. */
  readonly id: string | null;
  /** What it did to the text. */
  readonly changes: Edit;
  /** What it did to the Yjs document of the text, as Base64. NO_UPDATE while nobody has opened one. */
  readonly update: string;
}

const storedEdit = z
  .object({
    userId: z.string().nullable().optional(),
    id: z.string().nullable().default(null),
    changes: z.array(z.tuple([z.int(), z.int(), z.string()])),
    update: z.string().default(NO_UPDATE),
  })
  .transform(({ changes, ...edit }) => ({
    ...edit,
    changes: changes.map(([at, deleted, insert]) => ({ at, delete: deleted, insert })),
  }));

/** Edits as events store them. Events before there were edits have none. */
export const storedEdits = z.array(storedEdit).default([]);

/** Returns stored edits with their author, who is `author` where they name none. */
export function withAuthor(edits: z.output<typeof storedEdits>, author: string | null): CodeEdit[] {
  return edits.map(({ userId = author, ...edit }) => ({ ...edit, userId }));
}

/** Returns edits in the form that `storedEdits` reads. Those of `author` do not name it. */
export function toStoredEdits(
  edits: readonly CodeEdit[],
  author: string | null,
): z.input<typeof storedEdits> {
  return edits.map(({ userId, id, changes, update }) => ({
    ...(userId !== author && { userId }),
    ...(id !== null && { id }),
    changes: changes.map((change) => [change.at, change.delete, change.insert]),
    ...(update !== NO_UPDATE && { update }),
  }));
}

/** About how many characters edits take in the log. */
export function sizeOfEdits(edits: readonly CodeEdit[]): number {
  let size = 0;
  for (const { changes, update } of edits) {
    size += EDIT_CHARACTERS + update.length;
    for (const { insert } of changes) size += CHANGE_CHARACTERS + insert.length;
  }
  return size;
}

const EDIT_CHARACTERS = 50;
const CHANGE_CHARACTERS = 15;

/** Returns the text after edits, one after the other. */
export function applyEdits(text: string, edits: readonly CodeEdit[]): string {
  return edits.reduce((result, { changes }) => applyEdit(result, changes), text);
}
