import { randomBytes } from 'node:crypto';

const KINDS = ['error', 'syntax', 'memory', 'exit'] as const;

/** How the guest describes the failure of its program. It cannot change whether the program failed. */
export interface ErrorReport {
  kind: (typeof KINDS)[number];
  message: string;
}

const MAX_REPORT_BYTES = 64 * 2 ** 10;

/** Separates the guest's error report from the program's stderr: the report follows a marker at the very end. */
export class ErrorReportParser {
  /** The random part of the marker. The guest gets it; the program does not know it. */
  readonly secret = randomBytes(16).toString('hex');
  /** Starts with NUL, which text rarely contains, so that bytes are rarely held back. */
  readonly #marker = Buffer.from(`\0${this.secret}\0`);
  #heldBack: Buffer = Buffer.alloc(0);
  #report: Buffer | null = null;

  /** Takes bytes of stderr and returns the program's part. Holds back a possible start of the marker. */
  push(bytes: Buffer): Buffer {
    if (this.#report) {
      // Longer than any report: the program has found the marker and writes output behind it.
      if (this.#report.length > MAX_REPORT_BYTES) return bytes;
      this.#report = Buffer.concat([this.#report, bytes]);
      return Buffer.alloc(0);
    }
    const text = Buffer.concat([this.#heldBack, bytes]);
    const index = text.indexOf(this.#marker);
    if (index >= 0) {
      this.#heldBack = Buffer.alloc(0);
      this.#report = text.subarray(index + this.#marker.length);
      return text.subarray(0, index);
    }
    const end = text.length - this.#partialMarkerLength(text);
    this.#heldBack = text.subarray(end);
    return text.subarray(0, end);
  }

  /** Returns the bytes that were held back and are the program's after all, and the report; null without one. */
  end(): { rest: Buffer; report: ErrorReport | null } {
    return { rest: this.#heldBack, report: this.#report && parseReport(this.#report.toString()) };
  }

  /** Returns how many bytes at the end of `text` may be the start of the marker. */
  #partialMarkerLength(text: Buffer): number {
    let length = Math.min(this.#marker.length - 1, text.length);
    while (length > 0 && !text.subarray(text.length - length).equals(this.#marker.subarray(0, length)))
      length--;
    return length;
  }
}

function parseReport(text: string): ErrorReport | null {
  const [word, message] = text.split(/ (.*)/s);
  const kind = KINDS.find((each) => each === word);
  return kind === undefined || message === undefined ? null : { kind, message };
}
