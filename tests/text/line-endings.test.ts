import { expect, test } from 'vitest';
import { lineFeedEdit, withLineFeeds } from '../../src/text/line-endings.ts';
import { applyEdit } from '../../src/text/text-change.ts';

test.each([
  ['', []],
  ['a\nb', []],
  ['a\r\nb', [{ at: 1, delete: 1, insert: '' }]],
  ['a\rb', [{ at: 1, delete: 1, insert: '\n' }]],
  [
    '\r\r\n',
    [
      { at: 0, delete: 1, insert: '\n' },
      { at: 1, delete: 1, insert: '' },
    ],
  ],
])('%j', (text, edit) => {
  expect(lineFeedEdit(text)).toEqual(edit);
  expect(applyEdit(text, edit)).toBe(withLineFeeds(text));
});

test('a text with very many of them is replaced as one', () => {
  const text = `start\n${'x\r\n'.repeat(10_001)}`;
  expect(lineFeedEdit(text)).toHaveLength(1);
  expect(applyEdit(text, lineFeedEdit(text))).toBe(text.replaceAll('\r', ''));
});
