import { randomBytes } from 'node:crypto';

const KINDS = ['error', 'syntax', 'memory', 'exit'] as const;

/** How the guest describes the failure of its program. It cannot change whether the program failed. */
export interface ErrorReport {
  kind: (typeof KINDS)[number];
  message: string;
}

const MAX_REPORT_BYTES = 64 * 2 ** 10;

/** Separates the guest's error report from the program's stderr: the report stands between two markers. */
export class ErrorReportParser {
  /** The random part of the marker. The guest gets it; the program does not know it. */
  readonly secret = randomBytes(16).toString('hex');
  /** Starts with NUL, which text rarely contains, so that bytes are rarely held back. */
  readonly #marker = Buffer.from(`\0${this.secret}\0`);
  #heldBack: Buffer = Buffer.alloc(0);
  #report: Buffer | null = null;

  /** Takes bytes of stderr and returns the program's part. Holds back a report that is not complete. */
  push(bytes: Buffer): Buffer {
    if (this.#report) return bytes;
    const text = Buffer.concat([this.#heldBack, bytes]);
    const start = text.indexOf(this.#marker);
    if (start < 0) return this.#holdBack(text, text.length - this.#partialMarkerLength(text));
    const end = text.indexOf(this.#marker, start + this.#marker.length);
    // Longer than any report: the program has found the marker and writes output behind it.
    if (end < 0 && text.length - start > MAX_REPORT_BYTES) return this.#holdBack(text, text.length);
    if (end < 0) return this.#holdBack(text, start);
    this.#heldBack = Buffer.alloc(0);
    this.#report = text.subarray(start + this.#marker.length, end);
    return Buffer.concat([text.subarray(0, start), text.subarray(end + this.#marker.length)]);
  }

  /** Returns the bytes that were held back and are the program's after all, and the report; null without one. */
  end(): { rest: Buffer; report: ErrorReport | null } {
    return { rest: this.#heldBack, report: this.#report && parseReport(this.#report.toString()) };
  }

  /** Holds back the bytes from `index` on and returns those before. */
  #holdBack(text: Buffer, index: number): Buffer {
    this.#heldBack = text.subarray(index);
    return text.subarray(0, index);
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
