import { randomBytes } from 'node:crypto';

const KINDS = ['error', 'syntax', 'memory'] as const;

/** How the guest words the error that ended its program. It words a failure; it cannot make or unmake one. */
export interface Report {
  kind: (typeof KINDS)[number];
  message: string;
}

const LONGEST_REPORT = 64 * 2 ** 10;

/**
 * Takes the guest's report out of stderr, where it comes last, behind a mark that the program does not know.
 */
export class ReportReader {
  /** What the guest is told; on stderr it stands between two NULs. */
  readonly secret = randomBytes(16).toString('hex');
  /** Starts with a control character that ends no ordinary text, so that nothing is held back for long. */
  readonly #mark = Buffer.from(`\0${this.secret}\0`);
  #held: Buffer = Buffer.alloc(0);
  #report: Buffer | null = null;

  /** The part of `bytes`, and of what was held back before, that is the program's own. */
  push(bytes: Buffer): Buffer {
    if (this.#report) {
      if (this.#report.length < LONGEST_REPORT) this.#report = Buffer.concat([this.#report, bytes]);
      return Buffer.alloc(0);
    }
    const text = Buffer.concat([this.#held, bytes]);
    const found = text.indexOf(this.#mark);
    if (found >= 0) {
      this.#held = Buffer.alloc(0);
      this.#report = text.subarray(found + this.#mark.length);
      return text.subarray(0, found);
    }
    const own = text.length - this.#startOfMark(text);
    this.#held = text.subarray(own);
    return text.subarray(0, own);
  }

  /** What was held back and turned out to be the program's, and the report if there was one. */
  end(): { rest: Buffer; report: Report | null } {
    return { rest: this.#held, report: this.#report && parseReport(this.#report.toString()) };
  }

  /** The number of bytes at the end of `text` that may be the start of the mark. */
  #startOfMark(text: Buffer): number {
    let length = Math.min(this.#mark.length - 1, text.length);
    while (length > 0 && !text.subarray(text.length - length).equals(this.#mark.subarray(0, length)))
      length--;
    return length;
  }
}

function parseReport(text: string): Report | null {
  const [word, message] = text.split(/ (.*)/s);
  const kind = KINDS.find((each) => each === word);
  return kind === undefined || message === undefined ? null : { kind, message };
}
