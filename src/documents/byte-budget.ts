import { CODE_LIMIT } from '../validation.ts';

const BYTES_PER_SECOND = 64 * 1024;
/** As much may come at once: a long text from a client that was offline, and the same again. */
const BURST = 2 * CODE_LIMIT;

/** How much one connection may still send. It fills up with time. */
export class ByteBudget {
  #left = BURST;
  #at = performance.now();

  /** Takes bytes that came. Returns false if they are too many. */
  take(bytes: number): boolean {
    const now = performance.now();
    this.add(((now - this.#at) / 1000) * BYTES_PER_SECOND);
    this.#at = now;
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** Gives bytes for what the client must send back. */
  add(bytes: number): void {
    this.#left = Math.min(BURST, this.#left + bytes);
  }
}
