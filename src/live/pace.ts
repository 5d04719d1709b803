/** What is held for a reader in its socket before its stream waits for it, in bytes. */
export const HIGH_WATER = 64 * 1024;

/** What one socket holds at most, over all its streams, before it is cut: a reader of nothing, not a slow one. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Heartbeats in a row without any progress after which a reader counts as gone. */
const MAX_STALLS = 5;

/**
 * Judges at each heartbeat whether a reader has stopped: what is held for it did not become less for a while.
 * A slow one goes on, however long one large message takes.
 */
export class Pace {
  #before = 0;
  #stalls = 0;

  hasStopped(held: number): boolean {
    this.#stalls = held > 0 && held >= this.#before ? this.#stalls + 1 : 0;
    this.#before = held;
    return this.#stalls >= MAX_STALLS || held > MAX_HELD_BYTES;
  }
}
