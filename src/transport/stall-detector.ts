/** Bytes that wait in a reader's socket before its stream waits for the reader. */
export const HIGH_WATER = 64 * 1024;

/** The most bytes that wait in one socket, over all its streams. Beyond it the reader has stopped, and is cut. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Heartbeats in a row without any progress after which a reader counts as stopped. */
const MAX_STALLS = 5;

/**
 * Judges at each heartbeat whether a reader has stopped: the bytes that are held for it did not become less for
 * a while. A slow reader goes on, however long one large message takes.
 */
export class StallDetector {
  #before = 0;
  #stalls = 0;

  hasStopped(heldBytes: number): boolean {
    this.#stalls = heldBytes > 0 && heldBytes >= this.#before ? this.#stalls + 1 : 0;
    this.#before = heldBytes;
    return this.#stalls >= MAX_STALLS || heldBytes > MAX_HELD_BYTES;
  }
}
