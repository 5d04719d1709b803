import { GuestProcess } from './guest-process.ts';
import type { Enclosure, Runtime } from './runtime.ts';

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
    this.refill();
  }

  /** The process that has waited longest, or a new one: nobody waits for the pool. */
  take(): GuestProcess {
    for (const guest of this.#waiting) {
      this.#waiting.delete(guest);
      if (guest.alive) return guest;
    }
    return this.#spawn();
  }

  refill(): void {
    while (this.#waiting.size < this.#size) {
      const guest = this.#spawn();
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

  #spawn(): GuestProcess {
    return new GuestProcess(this.#enclosure(this.#runtime.command));
  }
}
