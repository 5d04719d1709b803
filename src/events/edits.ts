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

const storedChanges = z
  .array(z.tuple([z.int(), z.int(), z.string()]))
  .transform((changes): Edit => changes.map(([at, deleted, insert]) => ({ at, delete: deleted, insert })));

/** An edit as `[changes, update, id, userId]`, because it is one of many thousands. What is missing at the end is the default. */
const storedEdit = z
  .tuple([
    storedChanges,
    z.string().default(NO_UPDATE),
    z.string().nullable().default(null),
    z.string().nullable().optional(),
  ])
  .transform(([changes, update, id, userId]) => ({ changes, update, id, userId }));

/** An edit as older events have it. */
const namedEdit = z.object({
  userId: z.string().nullable().optional(),
  id: z.string().nullable().default(null),
  changes: storedChanges,
  update: z.string().default(NO_UPDATE),
});

/** Edits as events store them. Events before there were edits have none. */
export const storedEdits = z.array(z.union([storedEdit, namedEdit])).default([]);

/** Returns stored edits with their author, who is `author` where they name none. */
export function withAuthor(edits: z.output<typeof storedEdits>, author: string | null): CodeEdit[] {
  return edits.map(({ userId = author, ...edit }) => ({ ...edit, userId }));
}

/** Returns edits in the form that `storedEdits` reads. Those of `author` do not name it. */
export function toStoredEdits(
  edits: readonly CodeEdit[],
  author: string | null,
): z.input<typeof storedEdit>[] {
  return edits.map(({ userId, id, changes, update }) => {
    const places = changes.map((change): [number, number, string] => [
      change.at,
      change.delete,
      change.insert,
    ]);
    if (userId !== author) return [places, update, id, userId];
    if (id !== null) return [places, update, id];
    return update === NO_UPDATE ? [places] : [places, update];
  });
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

const EDIT_CHARACTERS = 20;
const CHANGE_CHARACTERS = 15;

/** Returns the text after edits, one after the other. */
export function applyEdits(text: string, edits: readonly CodeEdit[]): string {
  return edits.reduce((result, { changes }) => applyEdit(result, changes), text);
}
