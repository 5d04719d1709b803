import type { TextChange } from '../../src/text/text-change.ts';
import type { Random } from './random.ts';

/** Letters from the private use area, each typed once, so that a lost or doubled one shows. Each takes two units. */
export class Alphabet {
  readonly typed = new Set<string>();
  readonly deleted = new Set<string>();
  #count = 0;

  /** Returns a letter that must not be lost from now on. */
  next(): string {
    const letter = this.peek();
    this.keep(letter);
    return letter;
  }

  /** Returns a new letter that may be lost until it is kept. */
  peek(): string {
    return String.fromCodePoint(0xf0000 + this.#count++);
  }

  keep(text: string): void {
    for (const letter of text) this.typed.add(letter);
  }

  /** Says that letters may be lost: whoever typed them is gone. */
  forget(letters: Iterable<string>): void {
    for (const letter of letters) this.typed.delete(letter);
  }

  delete(text: string): void {
    for (const letter of text) this.deleted.add(letter);
  }

  /** The letters that nobody deleted and that a text has not. */
  lostFrom(text: string): string[] {
    const letters = new Set(text);
    return [...this.typed].filter((letter) => !letters.has(letter) && !this.deleted.has(letter));
  }
}

/** Returns a random place that cuts no letter. */
function placeIn(random: Random, text: string): number {
  return Math.floor(random() * (text.length / 2 + 1)) * 2;
}

/** Returns a random change whose insertion may be lost until it is kept. */
export function randomChange(random: Random, text: string, alphabet: Alphabet): TextChange {
  const at = placeIn(random, text);
  if (random() < 0.75) {
    return { at, delete: 0, insert: alphabet.peek() + (random() < 0.3 ? alphabet.peek() : '') };
  }
  const length = Math.min(placeIn(random, '\0'.repeat(8)), text.length - at);
  alphabet.delete(text.slice(at, at + length));
  return { at, delete: length, insert: random() < 0.3 ? alphabet.peek() : '' };
}
