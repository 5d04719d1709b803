import type { Enclosure } from './enclosures/enclosure.ts';
import type { GuestProcess } from './guest-process.ts';
import type { Runtime } from './runtimes/runtime.ts';

/** Keeps processes of one runtime waiting that have loaded and lack only a program. Each serves one. */
export class Pool {
  readonly #runtime: Runtime;
  readonly #enclosure: Enclosure;
  readonly #size: number;
  readonly #waiting = new Set<GuestProcess>();

  constructor(runtime: Runtime, enclosure: Enclosure, size: number) {
    this.#runtime = runtime;
    this.#enclosure = enclosure;
    this.#size = size;
  }

  /** The process that has waited longest, or a new one: nobody waits for the pool. */
  take(): GuestProcess {
    for (const guest of this.#waiting) {
      this.#waiting.delete(guest);
      if (guest.alive) return guest;
    }
    return this.#start([]);
  }

  refill(): void {
    while (this.#waiting.size < this.#size) {
      const guest = this.#start(['wait']);
      this.#waiting.add(guest);
      guest.end.then(() => this.#waiting.delete(guest));
    }
  }

  /** Kills what waits, and resolves when it is gone. */
  async close(): Promise<void> {
    const guests = [...this.#waiting];
    for (const guest of guests) guest.kill();
    await Promise.all(guests.map((guest) => guest.end));
  }

  #start(args: readonly string[]): GuestProcess {
    const { command } = this.#runtime;
    return this.#enclosure.start({ ...command, args: [...command.args, ...args] });
  }
}

/** How many processes of each runtime may wait, so that all together hold no more than `bytes`. */
export function poolSizes(runtimes: readonly Runtime[], most: number, bytes: number): Map<Runtime, number> {
  const sizes = new Map(runtimes.map((runtime) => [runtime, 0]));
  let room = bytes;
  for (let size = 1; size <= most; size += 1) {
    for (const runtime of runtimes) {
      if (runtime.waitingBytes > room) continue;
      room -= runtime.waitingBytes;
      sizes.set(runtime, size);
    }
  }
  return sizes;
}
