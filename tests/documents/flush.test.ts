import { beforeEach, expect, test } from 'vitest';
import * as Y from 'yjs';
import { flush, type PendingChange } from '../../src/documents/flush.ts';
import { firstState, YjsDocument } from '../../src/documents/yjs-document.ts';
import { EditRefusedError } from '../../src/errors.ts';
import { applyEdit, type Edit, rebaseEdit } from '../../src/text/text-change.ts';
import { bytesOf, insertion } from '../support/yjs-bytes.ts';

const TEXT = 'abcdef';
const rebuild = () => new YjsDocument(1, firstState(TEXT, 1), TEXT);

let document: YjsDocument;
beforeEach(() => {
  document = rebuild();
});

/** What a Yjs editor types: one update for each call. */
function editorOf(userId: string) {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, document.state());
  return (act: (text: Y.Text) => void): PendingChange => {
    let update: Uint8Array = new Uint8Array();
    doc.once('update', (made: Uint8Array) => {
      update = made;
    });
    act(doc.getText('code'));
    return { userId, id: null, apply: (to) => to.merge(update) };
  };
}

const updateOf = (userId: string, update: Uint8Array): PendingChange => ({
  userId,
  id: null,
  apply: (to) => to.merge(update),
});

/** An edit of a client without Yjs, on the text of the log. */
const editOf = (userId: string, id: string | null, edit: Edit): PendingChange => ({
  userId,
  id,
  apply: (to, earlier) => to.edit(rebaseEdit(edit, earlier, to.text)),
});

const outcomesOf = ({ outcomes }: ReturnType<typeof flush>) =>
  outcomes.map((outcome) => (typeof outcome === 'string' ? outcome : Object.keys(outcome)[0]));

/** Expects that the edits alone lead from the log's text to that of the document, for clients of both kinds. */
function expectReplay({ edits, document: after }: ReturnType<typeof flush>, text: string): void {
  expect(after.text).toBe(text);
  expect(after.isIntact()).toBe(true);
  expect(edits.reduce((before, { changes }) => applyEdit(before, changes), TEXT)).toBe(text);
  const doc = new Y.Doc();
  for (const update of [firstState(TEXT, 1), ...edits.map((edit) => edit.update)]) Y.applyUpdate(doc, update);
  expect(doc.getText('code').toString()).toBe(text);
  expect(doc.store.pendingStructs).toBeNull();
}

test('a run of one author is one edit, and an edit with an id is one of its own', () => {
  const [ann, bob] = [editorOf('ann'), editorOf('bob')];
  const result = flush(
    document,
    [
      ann((text) => text.insert(0, 'A')),
      ann((text) => text.insert(1, 'B')),
      ann((text) => text.delete(2, 3)),
      bob((text) => text.insert(6, '!')),
      editOf('bob', 'edit 1', [{ at: 6, delete: 0, insert: '?' }]),
      editOf('bob', 'edit 2', [{ at: 5, delete: 1, insert: '' }]),
      ann((text) => text.insert(0, 'C')),
    ],
    rebuild,
  );
  expectReplay(result, 'CABde!?');
  expect(result.edits.map(({ userId, id }) => [userId, id])).toEqual([
    ['ann', null],
    ['bob', null],
    ['bob', 'edit 1'],
    ['bob', 'edit 2'],
    ['ann', null],
  ]);
  expect(result.edits[0]?.changes).toEqual([{ at: 0, delete: 3, insert: 'AB' }]);
  expect(outcomesOf(result)).toEqual(Array(7).fill('edit'));
});

test('a refused change takes nothing with it, also when it damages the document', () => {
  const [ann, bob] = [editorOf('ann'), editorOf('bob')];
  const damaging = bytesOf([[9000, 0, [insertion('x', [1, 4], [1, 1])]]]);
  const result = flush(
    document,
    [
      ann((text) => text.insert(0, 'A')),
      updateOf('eve', damaging),
      updateOf('eve', new Uint8Array([9])),
      editOf('eve', 'edit', [{ at: 99, delete: 0, insert: 'x' }]),
      bob((text) => text.insert(6, 'B')),
    ],
    rebuild,
  );
  expectReplay(result, 'AabcdefB');
  expect(result.document).not.toBe(document);
  expect(outcomesOf(result)).toEqual(['edit', 'error', 'error', 'error', 'edit']);
  expect(result.outcomes[1]).toEqual({ error: expect.any(EditRefusedError) });
  expect(result.edits.map(({ userId }) => userId)).toEqual(['ann', 'bob']);
});

test('what is incomplete or known already is no edit', () => {
  const ann = editorOf('ann');
  const [first, second] = [ann((text) => text.insert(0, 'A')), ann((text) => text.insert(1, 'B'))];
  const result = flush(document, [second, first, first, second], rebuild);
  expectReplay(result, 'ABabcdef');
  expect(outcomesOf(result)).toEqual(['incomplete', 'edit', 'edit', 'edit']);
  expect(result.edits).toHaveLength(1);
});

test('an unforeseen error ends the flush', () => {
  const fail = () => {
    throw new TypeError('a mistake');
  };
  expect(() => flush(document, [{ userId: null, id: null, apply: fail }], rebuild)).toThrow(TypeError);
});

test('changes that there is no time for wait for the next flush, but the first never does', () => {
  const slow: PendingChange = {
    userId: 'ann',
    id: null,
    apply: (to) => {
      const end = performance.now() + 30;
      while (performance.now() < end);
      return to.edit([{ at: 0, delete: 0, insert: 'x' }]);
    },
  };
  const result = flush(document, [slow, slow, slow], rebuild);
  expectReplay(result, 'xabcdef');
  expect(outcomesOf(result)).toEqual(['edit']);
});
