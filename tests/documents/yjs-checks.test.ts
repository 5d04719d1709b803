import * as encoding from 'lib0/encoding';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { firstState, YjsDocument } from '../../src/documents/yjs-document.ts';
import { EditRefusedError } from '../../src/errors.ts';
import { bytesOf, insertion } from '../support/yjs-bytes.ts';

const TEXT = 'abc😀def';
const documentOf = (text = TEXT) => new YjsDocument(1, firstState(text, 1), text);

/** Expects that nothing of the update gets in, and that the document can go on, unless it is `damaged`. */
function expectRefusal(
  update: Uint8Array,
  reason: string,
  { document = documentOf(), damaged = false } = {},
) {
  const before = document.text;
  const merge = () => document.merge(update);
  expect(merge).toThrow(
    expect.objectContaining({ code: 'EDIT_REFUSED', reason: expect.stringContaining(reason) }),
  );
  expect(document.text).toBe(before);
  expect(document.isDamaged).toBe(damaged);
  if (!damaged) expect(document.isIntact()).toBe(true);
}

/** What editors send may be written by hand: otherwise the refusals below would prove nothing. */
test('an honest update by hand is merged', () => {
  const document = documentOf();
  document.merge(
    bytesOf(
      [[1000, 0, [insertion('x', [1, 0], [1, 1]), insertion('y', [1000, 0], [1, 1])]]],
      [[1, [[0, 1]]]],
    ),
  );
  expect(document.text).toBe('xybc😀def');
  expect(document.isIntact()).toBe(true);
});

describe('refused before anything is applied', () => {
  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(), 'malformed'],
    ['more bytes than the update', new Uint8Array([0, 0, 0]), 'malformed'],
    ['a text that ends too early', bytesOf([[1000, 0, [insertion('abcdef')]]]).slice(0, -3), 'malformed'],
    [
      'a count that is too large for a number',
      new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255, 127]),
      'malformed',
    ],
    [
      'no UTF-8',
      bytesOf([
        [
          1000,
          0,
          [{ kind: 4, write: (encoder) => encoding.writeVarUint8Array(encoder, new Uint8Array([0xff])) }],
        ],
      ]),
      'malformed',
    ],
    [
      'a lone surrogate',
      bytesOf([
        [
          1000,
          0,
          [
            {
              kind: 4,
              write: (encoder) => encoding.writeVarUint8Array(encoder, new Uint8Array([0xed, 0xa0, 0x80])),
            },
          ],
        ],
      ]),
      'malformed',
    ],
    ['a NUL', bytesOf([[1000, 0, [insertion('a\0')]]]), 'NUL'],
    ['an empty insertion', bytesOf([[1000, 0, [insertion('')]]]), 'malformed'],
    [
      'clocks that peers cannot decode',
      bytesOf([[1000, 0, [{ kind: 0, length: Number.MAX_SAFE_INTEGER }]]]),
      'malformed',
    ],
    ['an empty deletion', bytesOf([], [[1, [[0, 0]]]]), 'malformed'],
    ['another root', bytesOf([[1000, 0, [{ ...insertion('x'), root: 'other' }]]]), 'other than the text'],
    ['a key of a map', bytesOf([[1000, 0, [{ ...insertion('x'), kind: 0x24 }]]]), 'other than text'],
    ['the server’s client id', bytesOf([[1, TEXT.length, [insertion('x', [1, 0])]]]), 'as the server'],
    ['the client id 999', bytesOf([[999, 0, [insertion('x', [1, 0])]]]), 'as the server'],
    [
      'a client twice',
      bytesOf([
        [1000, 0, [insertion('x')]],
        [1000, 0, [insertion('y')]],
      ]),
      'twice',
    ],
    [
      'thousands of clients',
      bytesOf(Array.from({ length: 5000 }, (_, i) => [1000 + i, 0, [insertion('x')]] as const)),
      'too many clients',
    ],
    [
      '100,000 parts',
      bytesOf([[1000, 0, Array.from({ length: 100_000 }, () => insertion('x', [1, 0]))]]),
      'too many parts',
    ],
    [
      '200,000 deletions',
      bytesOf([], [[7000, Array.from({ length: 200_000 }, (_, i) => [i * 2, 1] as const)]]),
      'too many deletions',
    ],
    ['too many bytes', new Uint8Array(2 * 1024 * 1024 + 64 * 1024 + 1), 'too long'],
  ])('%s', (_name, update, reason) => expectRefusal(update, reason));

  test.each([2, 3, 5, 6, 7, 8, 9, 11, 31])('content of the kind %i', (kind) => {
    expectRefusal(bytesOf([[1000, 0, [{ kind, origin: [1, 0], length: 1 }]]]), 'other than text');
  });

  test('what Yjs itself writes for maps, embeds, formats and nested types', () => {
    for (const act of [
      (doc: Y.Doc) => doc.getMap('code').set('a', 1),
      (doc: Y.Doc) => doc.getText('code').insertEmbed(0, { image: 'x' }),
      (doc: Y.Doc) => doc.getText('code').insert(0, 'bold', { bold: true }),
      (doc: Y.Doc) => doc.getArray('code').insert(0, [new Y.Text('nested')]),
      (doc: Y.Doc) => doc.getText('notes').insert(0, 'unseen'),
    ]) {
      const doc = new Y.Doc();
      act(doc);
      expectRefusal(Y.encodeStateAsUpdate(doc), 'something other than');
    }
  });

  test('flipped bytes never damage the document unnoticed', () => {
    const honest = bytesOf(
      [[1000, 0, [insertion('xyz', [1, 0], [1, 1])]]],
      [
        [
          1,
          [
            [0, 2],
            [5, 1],
          ],
        ],
      ],
    );
    for (let at = 0; at < honest.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const update = honest.slice();
        update[at] = (honest[at] ?? 0) ^ (1 << bit);
        const document = documentOf();
        try {
          document.merge(update);
        } catch (error) {
          expect(error).toBeInstanceOf(EditRefusedError);
        }
        expect(document.isDamaged || document.isIntact()).toBe(true);
      }
    }
  });
});

describe('incomplete: nothing is applied or kept', () => {
  test.each<[string, Uint8Array]>([
    ['a missing predecessor', bytesOf([[1000, 1, [insertion('x', [1, 0])]]])],
    [
      'missing predecessors by the thousand',
      bytesOf([[1000, 5, Array.from({ length: 3000 }, (_, i) => insertion('x', [1000, i + 4]))]]),
    ],
    [
      'a gap',
      bytesOf([[1000, 0, [insertion('x', [1, 0]), { kind: 10, length: 5 }, insertion('y', [1, 0])]]]),
    ],
    ['an unknown origin', bytesOf([[1000, 0, [insertion('x', [2000, 0])]]])],
    ['an unknown right origin', bytesOf([[1000, 0, [insertion('x', [1, 0], [1, 500])]]])],
    ['an origin in itself', bytesOf([[1000, 0, [insertion('x', [1000, 0])]]])],
    [
      'origins in a circle',
      bytesOf([
        [2000, 0, [insertion('x', [1000, 0])]],
        [1000, 0, [insertion('x', [2000, 0])]],
      ]),
    ],
    ['a deletion of an unknown client', bytesOf([], [[7000, [[0, 1]]]])],
    ['a deletion beyond what a client inserted', bytesOf([], [[1, [[5, 1000]]]])],
  ])('%s', (_name, update) => {
    const document = documentOf();
    expect(document.inspect(update).isIncomplete).toBe(true);
    expect(document.merge(update)).toBeNull();
    expect(document.text).toBe(TEXT);
    expect(document.isIntact()).toBe(true);
    expect([document.isDamaged, document.stateVector()]).toEqual([false, documentOf().stateVector()]);
  });
});

describe('refused while it is applied, so that the document must be made again', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'a right origin left of the left one',
      bytesOf([[1000, 0, [insertion('x', [1, 6], [1, 1])]]]),
      'no neighbours',
    ],
    ['both origins the same', bytesOf([[1000, 0, [insertion('x', [1, 1], [1, 1])]]]), 'no neighbours'],
    [
      'own text between the origins',
      bytesOf([[1000, 0, [insertion('x', [1, 0], [1, 1]), insertion('y', [1, 0], [1, 1])]]]),
      'no neighbours',
    ],
    ['an origin in a surrogate pair', bytesOf([[1000, 0, [insertion('x', [1, 3], [1, 4])]]]), 'surrogate'],
    [
      'a right origin in a surrogate pair',
      bytesOf([[1000, 0, [insertion('x', [1, 2], [1, 4])]]]),
      'surrogate',
    ],
    ['half of its own pair', bytesOf([[1000, 0, [insertion('😀'), insertion('x', [1000, 0])]]]), 'surrogate'],
    ['the deletion of half a pair', bytesOf([], [[1, [[2, 2]]]]), 'surrogate'],
  ])('%s', (_name, update, reason) => expectRefusal(update, reason, { damaged: true }));

  test('places that are far apart, thousands of times', () => {
    const document = documentOf('ab');
    for (let i = 0; i < 5000; i++)
      document.edit([{ at: i % 2 ? 1 : document.text.length - 1, delete: 0, insert: 'x' }]);
    // Each one would make Yjs pass all items between the ends of the text.
    const last = [1, 1] as const;
    const clients = Array.from(
      { length: 60 },
      (_, i) => [1000 + i, 0, [insertion('y', [1, 0], last)]] as const,
    );
    expectRefusal(bytesOf(clients), 'too long to apply', { document, damaged: true });
  });
});

test('another’s client id is seen before anything is applied', () => {
  const document = documentOf();
  document.merge(bytesOf([[5000, 0, [insertion('x', [1, 0], [1, 1])]]]));
  expect(document.inspect(bytesOf([[5000, 1, [insertion('y', [5000, 0], [1, 1])]]])).clients).toEqual([5000]);
  // Its old clocks with another text change nothing.
  expect(
    document.merge(bytesOf([[5000, 0, [insertion('other', [1, 0], [1, 1])]]]).slice())?.changes,
  ).toBeDefined();
  expect(document.isIntact()).toBe(true);
});

const long = 'x'.repeat(100_000);
/** Insertions and deletions, each at a place of its own in the long text. */
const splits = (insertions: number, deletions: number) =>
  bytesOf(
    [[1000, 0, Array.from({ length: insertions }, (_, i) => insertion('y', [1, i * 12], [1, i * 12 + 1]))]],
    [[1, Array.from({ length: deletions }, (_, i) => [i * 12 + 5, 1] as const)]],
  );

test('an update changes 4,000 places: a larger one would hold up all others', () => {
  for (const [insertions, deletions] of [
    [4_000, 0],
    [1, 3_999],
  ] as const) {
    const document = documentOf(long);
    document.merge(splits(insertions, deletions));
    expect(document.text).toHaveLength(100_000 + insertions - deletions);
  }
  for (const update of [splits(4_001, 0), splits(1, 4_000), splits(2_000, 2_001)]) {
    expectRefusal(update, 'too many parts', { document: documentOf(long) });
  }
});

describe('the time of the worst update, against 5,000 honest edits', () => {
  test.each<[string, Uint8Array]>([
    ['4,000 parts that split the text', splits(4_000, 0)],
    ['4,000 deletions that split the text', splits(0, 4_000)],
    ['2,000 of each', splits(2_000, 2_000)],
    [
      '64 clients at one place',
      bytesOf(
        Array.from(
          { length: 64 },
          (_, i) => [1000 + i, 0, Array.from({ length: 60 }, () => insertion('y', [1, 0], [1, 1]))] as const,
        ),
      ),
    ],
  ])('%s', (_name, update) => {
    const honest = [{ at: 0, delete: 0, insert: 'y' }];
    const baseline = timeOf(() => {
      const document = documentOf(long);
      for (let i = 0; i < 5000; i++) document.edit(honest);
    });
    const document = documentOf(long);
    const attack = timeOf(() => {
      try {
        document.merge(update);
      } catch (error) {
        expect(error).toBeInstanceOf(EditRefusedError);
      }
    });
    expect(attack).toBeLessThan(baseline * 10);
  });

  function timeOf(action: () => void): number {
    const started = performance.now();
    action();
    return performance.now() - started;
  }
});
