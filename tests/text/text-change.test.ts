import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/errors.ts';
import { applyEdit, composeEdits, type Edit, editSchema, rebaseEdit } from '../../src/text/text-change.ts';

const insert = (at: number, text: string): Edit => [{ at, delete: 0, insert: text }];
const remove = (at: number, length: number): Edit => [{ at, delete: length, insert: '' }];

describe('what a client may send', () => {
  test.each<[string, unknown, boolean]>([
    ['two places in order', [...insert(0, 'a'), ...remove(1, 2)], true],
    ['two insertions at one place', [...insert(1, 'a'), ...insert(1, 'b')], true],
    ['places out of order', [...insert(2, 'a'), ...insert(1, 'b')], false],
    ['places that overlap', [...remove(0, 2), ...insert(1, 'b')], false],
    ['a negative place', insert(-1, 'a'), false],
    ['half a unit', insert(0.5, 'a'), false],
    ['a NUL', insert(0, '\0'), false],
    ['a lone surrogate', insert(0, '\ud83d'), false],
    ['more than the longest text', insert(0, 'x'.repeat(2 * 1024 * 1024 + 1)), false],
    ['too many changes', Array.from({ length: 10_001 }, (_, at) => insert(at, 'a')).flat(), false],
  ])('%s', (_name, edit, isValid) => {
    expect(editSchema.safeParse(edit).success).toBe(isValid);
  });
});

describe('an edit', () => {
  test('changes several places, each counted in the text before the edit', () => {
    expect(applyEdit('abcdef', [...insert(0, '<'), ...remove(1, 2), ...insert(6, '>')])).toBe('<adef>');
  });

  test('keeps CRLF and CR when it is moved or composed', () => {
    expect(rebaseEdit(insert(1, 'x\r\ny\r'), [insert(0, '\r\n')], '\r\nab')).toEqual(insert(3, 'x\r\ny\r'));
    expect(composeEdits([insert(0, 'a\r'), insert(2, '\nb')], 0)).toEqual(insert(0, 'a\r\nb'));
  });

  test('is composed of several into one', () => {
    const edits = [insert(0, 'abc'), remove(1, 1), insert(2, 'd')];
    expect(composeEdits(edits, 0)).toEqual(insert(0, 'acd'));
    expect(composeEdits([], 5)).toEqual([]);
  });
});

describe('an edit of an older text', () => {
  test('comes after what the log inserted at the same place', () => {
    expect(rebaseEdit(insert(1, 'mine'), [insert(1, 'log')], 'alogb')).toEqual(insert(4, 'mine'));
  });

  test('deletes nothing that was inserted since, and nothing twice', () => {
    expect(applyEdit('anewb', rebaseEdit(remove(0, 2), [insert(1, 'new')], 'anewb'))).toBe('new');
    expect(rebaseEdit(remove(0, 2), [remove(0, 1)], 'b')).toEqual(remove(0, 1));
  });

  test('is kept where the text around it was deleted', () => {
    expect(rebaseEdit(insert(2, 'x'), [remove(0, 4)], '')).toEqual(insert(0, 'x'));
  });

  test('is moved over one edit after the other, as an editor does that hears of them one by one', () => {
    // Over both as one it would come before the insertion.
    expect(rebaseEdit(insert(1, 'x'), [remove(1, 1), insert(1, 'log')], 'alogc')).toEqual(insert(4, 'x'));
  });

  test('must fit the older text', () => {
    const later = [remove(0, 3)];
    expect(rebaseEdit(insert(5, 'x'), later, 'de')).toEqual(insert(2, 'x'));
    expect(() => rebaseEdit(insert(6, 'x'), later, 'de')).toThrow(InvalidInputError);
    expect(() => rebaseEdit(remove(5, 1), later, 'de')).toThrow(InvalidInputError);
  });

  test('must not cut a surrogate pair, unless the pair is gone', () => {
    expect(() => rebaseEdit(insert(1, 'x'), [], '😀')).toThrow(InvalidInputError);
    expect(() => rebaseEdit(remove(1, 1), [], '😀')).toThrow(InvalidInputError);
    expect(() => rebaseEdit(remove(0, 1), [insert(0, 'a')], 'a😀')).toThrow(InvalidInputError);
    expect(rebaseEdit(insert(1, 'x'), [remove(0, 2)], '')).toEqual(insert(0, 'x'));
  });
});
