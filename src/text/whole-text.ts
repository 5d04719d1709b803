import { diffArrays } from 'diff';
import { cutsSurrogatePair } from './surrogates.ts';
import type { Edit, TextChange } from './text-change.ts';

/** Of a text of more lines, the rest is compared as one line. */
const MAX_LINES = 40_000;
/** The most lines that are deleted and inserted before the lines are replaced as one. */
const MAX_LINE_EDITS = 500;
/** The most characters that are deleted and inserted in one hunk before the hunk is replaced as one. */
const MAX_CHARACTER_EDITS = 60;
/** A longer hunk is replaced as one. */
const MAX_HUNK_LENGTH = 500;
/** Only so many hunks are compared by characters. */
const MAX_HUNKS = 100;

/** A part of the old text, and the text that is there in the new one. */
interface Hunk {
  readonly at: number;
  readonly before: string;
  readonly after: string;
}

/**
 * Returns an edit that turns `before` into `after` and leaves alone what both have, so that cursors stay. It compares
 * lines, and characters in small hunks. The limits bound its time for every pair of texts.
 */
export function diffTexts(before: string, after: string): Edit {
  const whole = trimmed({ at: 0, before, after });
  const hunks = diffHunk(whole, linesOf, MAX_LINE_EDITS).map(trimmed);
  return hunks.flatMap((hunk, i) => (i < MAX_HUNKS ? refine(hunk) : toChange(hunk)));
}

function refine(hunk: Hunk): TextChange[] {
  if (Math.max(hunk.before.length, hunk.after.length) > MAX_HUNK_LENGTH) return toChange(hunk);
  return diffHunk(hunk, charactersOf, MAX_CHARACTER_EDITS).flatMap(toChange);
}

function toChange({ at, before, after }: Hunk): TextChange[] {
  return before || after ? [{ at, delete: before.length, insert: after }] : [];
}

/** Returns the hunk without the text that both sides start and end with. */
function trimmed({ at, before, after }: Hunk): Hunk {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  if (cutsSurrogatePair(before, start) || cutsSurrogatePair(after, start)) start--;
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - end - 1) === after.charCodeAt(after.length - end - 1)
  ) {
    end++;
  }
  if (cutsSurrogatePair(before, before.length - end) || cutsSurrogatePair(after, after.length - end)) end--;
  return {
    at: at + start,
    before: before.slice(start, before.length - end),
    after: after.slice(start, after.length - end),
  };
}

/** Returns where the two sides differ, or the hunk itself if they differ in more than `maxEdits` of their parts. */
function diffHunk(hunk: Hunk, split: (text: string) => string[], maxEdits: number): Hunk[] {
  if (!hunk.before || !hunk.after) return [hunk];
  const numbers = new Map<string, number>();
  const sides = [split(hunk.before), split(hunk.after)] as const;
  // Numbers compare in the same time, however long the parts are.
  const [before, after] = sides.map((parts) => parts.map((part) => numberOf(numbers, part)));
  const runs = before && after && diffArrays(before, after, { maxEditLength: maxEdits });
  return runs ? toHunks(hunk.at, runs, ...sides) : [hunk];
}

function numberOf(numbers: Map<string, number>, part: string): number {
  const known = numbers.get(part);
  if (known !== undefined) return known;
  numbers.set(part, numbers.size);
  return numbers.size - 1;
}

interface Run {
  readonly added: boolean;
  readonly removed: boolean;
  readonly count: number;
}

/** Joins the deleted and the inserted runs between two equal ones into one hunk. */
function toHunks(start: number, runs: readonly Run[], before: string[], after: string[]): Hunk[] {
  const hunks: Hunk[] = [];
  let at = start;
  let open: Hunk = { at, before: '', after: '' };
  const [old, fresh] = [before.values(), after.values()];
  for (const { added, removed, count } of runs) {
    const deleted = added ? '' : take(old, count);
    const inserted = removed ? '' : take(fresh, count);
    at += deleted.length;
    if (added || removed) {
      open = { at: open.at, before: open.before + deleted, after: open.after + inserted };
    } else {
      hunks.push(open);
      open = { at, before: '', after: '' };
    }
  }
  return [...hunks, open].filter((hunk) => hunk.before || hunk.after);
}

function take(parts: Iterator<string>, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += parts.next().value ?? '';
  return text;
}

/** Each line with the LF at its end. The last one has the rest of the text if there are more than MAX_LINES. */
function linesOf(text: string): string[] {
  const lines = [];
  let start = 0;
  while (start < text.length && lines.length < MAX_LINES) {
    const end = text.indexOf('\n', start) + 1 || text.length;
    lines.push(text.slice(start, end));
    start = end;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** Whole code points, so that no surrogate pair is cut. */
function charactersOf(text: string): string[] {
  return [...text];
}
