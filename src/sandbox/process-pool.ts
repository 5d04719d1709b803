import type { Enclosure } from './enclosures/enclosure.ts';
import type { GuestProcess } from './guest-process.ts';
import type { Runtime } from './runtimes/runtime.ts';

/** Keeps processes of one runtime that have loaded and wait for a program. Each process runs one program. */
export class ProcessPool {
  readonly #runtime: Runtime;
  readonly #enclosure: Enclosure;
  readonly #size: number;
  readonly #waiting = new Set<GuestProcess>();

  constructor(runtime: Runtime, enclosure: Enclosure, size: number) {
    this.#runtime = runtime;
    this.#enclosure = enclosure;
    this.#size = size;
  }

  /** Returns the process that has waited longest; starts one when none waits. Does not refill the pool. */
  take(): GuestProcess {
    for (const guest of this.#waiting) {
      this.#waiting.delete(guest);
      if (guest.alive) return guest;
    }
    return this.#start([]);
  }

  /** Starts processes until `size` of them wait. */
  refill(): void {
    while (this.#waiting.size < this.#size) {
      const guest = this.#start(['wait']);
      this.#waiting.add(guest);
      guest.exit.then(() => this.#waiting.delete(guest));
    }
  }

  /** Kills the waiting processes. Resolves when they have exited. */
  async close(): Promise<void> {
    const guests = [...this.#waiting];
    for (const guest of guests) guest.kill();
    await Promise.all(guests.map((guest) => guest.exit));
  }

  #start(args: readonly string[]): GuestProcess {
    const { command } = this.#runtime;
    return this.#enclosure.start({ ...command, args: [...command.args, ...args] });
  }
}

/**
 * Returns how many processes of each runtime may wait: at most `maxPerRuntime`, and together within `maxBytes` of
 * memory.
 */
export function poolSizes(
  runtimes: readonly Runtime[],
  maxPerRuntime: number,
  maxBytes: number,
): Map<Runtime, number> {
  const sizes = new Map(runtimes.map((runtime) => [runtime, 0]));
  let freeBytes = maxBytes;
  for (let size = 1; size <= maxPerRuntime; size += 1) {
    for (const runtime of runtimes) {
      if (runtime.waitingBytes > freeBytes) continue;
      freeBytes -= runtime.waitingBytes;
      sizes.set(runtime, size);
    }
  }
  return sizes;
}
