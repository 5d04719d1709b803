import { describe, expect, test } from 'vitest';
import { applyEdit } from '../../src/text/text-change.ts';
import { diffTexts } from '../../src/text/whole-text.ts';
import { seededRandom } from '../support/random.ts';

const MIB = 1024 * 1024;

describe('the edit between two texts', () => {
  test('is empty between equal texts', () => {
    expect(diffTexts('a\nb', 'a\nb')).toEqual([]);
  });

  test.each<[string, string, unknown]>([
    ['', 'a\n', [{ at: 0, delete: 0, insert: 'a\n' }]],
    ['a\n', '', [{ at: 0, delete: 2, insert: '' }]],
    ['aaa', 'aa', [{ at: 2, delete: 1, insert: '' }]],
    ['one two', 'one three', [{ at: 5, delete: 2, insert: 'hree' }]],
  ])('%j to %j', (before, after, edit) => {
    expect(diffTexts(before, after)).toEqual(edit);
  });

  test('leaves alone the lines between two changes, and the characters of a line', () => {
    const before = 'first line\nsame\nsame too\nlast word\n';
    expect(diffTexts(before, 'First line\nsame\nsame too\nlast ward\n')).toEqual([
      { at: 0, delete: 1, insert: 'F' },
      { at: 31, delete: 1, insert: 'a' },
    ]);
  });

  test.each([
    ['a😀b', 'a😁b'],
    ['😀😀', '😁😀😁'],
    // Equal low, then equal high surrogates.
    ['\u{1f600}', '\u{1fa00}'],
    ['\u{1f600}', '\u{1f601}'],
  ])('cuts no surrogate pair: %j to %j', (before, after) => {
    const edit = diffTexts(before, after);
    expect(applyEdit(before, edit)).toBe(after);
    for (const { at, delete: deleted, insert } of edit) {
      expect(
        [before.slice(0, at), before.slice(at, at + deleted), insert].every((s) => s.isWellFormed()),
      ).toBe(true);
    }
  });

  test('makes the one text of the other, whatever they are', () => {
    const random = seededRandom(13);
    const parts = ['a', 'b', 'xy', '\n', '\n', '\r\n', '😀', '😁', 'é'];
    const text = () =>
      Array.from({ length: random() * 60 }, () => parts[Math.floor(random() * parts.length)]).join('');
    for (let i = 0; i < 2000; i++) {
      const [before, after] = [text(), text()];
      const edit = diffTexts(before, after);
      expect(applyEdit(before, edit)).toBe(after);
      expect(edit.every(({ insert }) => insert.isWellFormed())).toBe(true);
    }
  });
});

describe('2 MiB that are hard to compare', () => {
  const random = seededRandom(1);
  const word = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(97 + random() * 26)).join('');
  const lines = (length: number) =>
    Array.from({ length: (2 * MIB) / (length + 1) }, () => `${word(length)}\n`);
  const known = lines(40);

  test.each<[string, string[], string[]]>([
    ['all lines rewritten', known, lines(40)],
    ['one long line', [word(2 * MIB)], [word(2 * MIB)]],
    ['empty lines', ['\n'.repeat(2 * MIB)], ['a\n'.repeat(MIB)]],
    ['two kinds of lines', lines(0).map(() => (random() < 0.5 ? 'a\n' : 'b\n')), ['a\nb\n'.repeat(MIB / 2)]],
    ['many small changes', known, known.map((line, i) => (i % 215 ? line : `${word(20)}${line.slice(20)}`))],
  ])('%s', (_name, before, after) => {
    const [old, fresh] = [before.join(''), after.join('')];
    const started = performance.now();
    const edit = diffTexts(old, fresh);
    const duration = performance.now() - started;
    expect(applyEdit(old, edit)).toBe(fresh);
    expect(duration).toBeLessThan(readingTime(old) * 60);
  });

  /** How long it takes to read a text by characters, in milliseconds: what a time bound is relative to. */
  function readingTime(text: string): number {
    const started = performance.now();
    let sum = 0;
    for (let round = 0; round < 5; round++) for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
    expect(sum).toBeGreaterThan(0);
    return (performance.now() - started) / 5;
  }
});
