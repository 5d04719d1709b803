import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { firstState, YjsDocument } from '../../src/documents/yjs-document.ts';
import { DocumentTooLargeError } from '../../src/errors.ts';
import { applyEdit } from '../../src/text/text-change.ts';

const MIB = 1024 * 1024;

const documentOf = (text: string) => new YjsDocument(1, firstState(text, 1), text);

/** A client that has the state of the document, and what it then does. */
function clientOf(document: YjsDocument, act: (text: Y.Text) => void): Uint8Array {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, document.state());
  const before = Y.encodeStateVector(doc);
  doc.transact(() => act(doc.getText('code')));
  return Y.encodeStateAsUpdate(doc, before);
}

/** The text of a client that knows nothing but these updates. */
function textOf(...updates: Uint8Array[]): string {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText('code').toString();
}

describe('the first state', () => {
  test('is the same bytes everywhere, so that nobody gets the text twice', () => {
    expect([...firstState('aé😀', 7)]).toEqual([
      ...[1, 1, 7, 0, 4, 1, 4, ...Buffer.from('code'), 7, ...Buffer.from('aé😀'), 0],
    ]);
    expect(textOf(firstState('once', 1), firstState('once', 1))).toBe('once');
  });

  test('of no text is empty', () => {
    expect([...firstState('', 1)]).toEqual([0, 0]);
  });
});

describe('an edit of the server', () => {
  test('becomes an update', () => {
    const document = documentOf('hello\r\n');
    const { update } = document.edit([
      { at: 0, delete: 1, insert: 'J' },
      { at: 5, delete: 0, insert: '😀' },
    ]);
    expect(document.text).toBe('Jello😀\r\n');
    expect(document.isIntact()).toBe(true);
    expect(textOf(firstState('hello\r\n', 1), update)).toBe('Jello😀\r\n');
  });

  test('is the same bytes on each instance that has the same log', () => {
    const edit = [{ at: 2, delete: 1, insert: 'x' }];
    expect(documentOf('abc').edit(edit)).toEqual(documentOf('abc').edit(edit));
  });

  test('makes no text that is too long', () => {
    const document = documentOf('x'.repeat(2 * MIB));
    expect(() => document.edit([{ at: 0, delete: 0, insert: 'y' }])).toThrow(DocumentTooLargeError);
    expect(document.isDamaged).toBe(false);
    expect(document.isIntact()).toBe(true);
  });
});

describe('an update of a client', () => {
  test('becomes changes of the text', () => {
    const document = documentOf('hello world');
    const update = clientOf(document, (text) => {
      text.delete(0, 5);
      text.insert(0, 'bye');
      text.insert(9, '!');
    });
    const applied = document.merge(update);
    expect(applyEdit('hello world', applied?.changes ?? [])).toBe('bye world!');
    expect(document.text).toBe('bye world!');
    expect(document.isIntact()).toBe(true);
    expect(textOf(firstState('hello world', 1), applied?.update ?? update)).toBe('bye world!');
  });

  test('that repeats what is known changes nothing, whoever inserted it', () => {
    const document = documentOf('abc');
    document.merge(clientOf(document, (text) => text.insert(3, 'd')));
    document.edit([{ at: 0, delete: 1, insert: '' }]);
    expect(document.inspect(document.state())).toMatchObject({ clients: [], isIncomplete: false });
    expect(document.merge(document.state())).toEqual({ changes: [], update: new Uint8Array([0, 0]) });
  });

  test('says who inserts', () => {
    const document = documentOf('abc');
    const doc = new Y.Doc();
    doc.clientID = 4321;
    doc.getText('code').insert(0, 'x');
    expect(document.inspect(Y.encodeStateAsUpdate(doc)).clients).toEqual([4321]);
  });

  test('may be known in part', () => {
    const document = documentOf('');
    const doc = new Y.Doc();
    doc.getText('code').insert(0, 'ab');
    document.merge(Y.encodeStateAsUpdate(doc));
    doc.getText('code').insert(2, 'cd');
    document.merge(Y.encodeStateAsUpdate(doc));
    expect(document.text).toBe('abcd');
    expect(document.isIntact()).toBe(true);
  });

  test('that refers to what nobody sent is incomplete, and changes nothing', () => {
    const document = documentOf('abc');
    const doc = new Y.Doc();
    Y.applyUpdate(doc, document.state());
    const updates: Uint8Array[] = [];
    doc.on('update', (update) => updates.push(update));
    const text = doc.getText('code');
    text.insert(3, 'one ');
    text.insert(7, 'two');
    text.delete(3, 2);
    const [first, second, third] = updates.map((update) => () => document.merge(update));
    expect([second?.(), third?.()]).toEqual([null, null]);
    expect(document.isDamaged).toBe(false);
    for (const merge of [first, second, third]) merge?.();
    expect(document.text).toBe('abce two');
    expect(document.isIntact()).toBe(true);
  });

  test('of several clients may have an origin after its user', () => {
    const [low, high] = [new Y.Doc(), new Y.Doc()];
    [low.clientID, high.clientID] = [5000, 6000];
    low.getText('code').insert(0, 'base');
    Y.applyUpdate(high, Y.encodeStateAsUpdate(low));
    high.getText('code').insert(2, 'HIGH');
    Y.applyUpdate(low, Y.encodeStateAsUpdate(high));
    low.getText('code').insert(4, 'low');
    const document = documentOf('');
    document.merge(Y.encodeStateAsUpdate(low));
    expect(document.text).toBe('baHIlowGHse');
  });

  test('that makes the text too long damages the document', () => {
    const document = documentOf('x'.repeat(2 * MIB));
    const update = clientOf(document, (text) => text.insert(5, 'y'));
    expect(() => document.merge(update)).toThrow(DocumentTooLargeError);
    expect(document.isDamaged).toBe(true);
  });
});

test('edits of the log lead another instance to the same document', () => {
  const [one, two] = [documentOf('start'), documentOf('start')];
  const merged = one.merge(clientOf(one, (text) => text.insert(5, '!')));
  for (const applied of [merged, one.edit([{ at: 0, delete: 1, insert: 'S' }])]) {
    if (applied) two.applyCommitted([applied]);
  }
  expect(two.text).toBe('Start!');
  expect(two.isIntact()).toBe(true);
  expect(two.state()).toEqual(one.state());
  expect(two.stateVector()).toEqual(one.stateVector());
});

test('a state vector gets what it lacks, and a malformed one an error', () => {
  const document = documentOf('abc');
  const vector = document.stateVector();
  document.edit([{ at: 3, delete: 0, insert: 'd' }]);
  expect(textOf(firstState('abc', 1), document.state(vector))).toBe('abcd');
  expect(() => document.state(new Uint8Array([9]))).toThrow('malformed');
  expect(() => document.state(new Uint8Array(100_000))).toThrow('too long');
});

test('a document that says something other than the log is found out', () => {
  expect(new YjsDocument(1, firstState('abc', 1), 'abd').isIntact()).toBe(false);
});
