import type { GuestProcess } from './guest-process.ts';
import { canReadProcesses, ProcessTree, type Usage } from './process-tree.ts';
import type { LimitName, Limits } from './sandbox.ts';

const INTERVAL_MS = 25;

/** A host does not change its mind. */
const HOST_TELLS = canReadProcesses();

/** Watches what a program uses beyond what its interpreter had used when the watch began. */
export class Watch {
  #peak = 0;
  readonly #guest: GuestProcess;
  readonly #tree: ProcessTree | null;
  readonly #limits: Limits;
  readonly #baseline: Usage | null;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(guest: GuestProcess, limits: Limits, onExceeded: (limit: LimitName) => void) {
    this.#guest = guest;
    this.#tree = guest.pid === undefined ? null : new ProcessTree(guest.pid);
    this.#limits = limits;
    this.#baseline = this.#usage();
    if (this.#baseline === null) return;
    this.#timer = setInterval(() => {
      const limit = this.#exceeded();
      if (limit) onExceeded(limit);
    }, INTERVAL_MS);
  }

  /** The most memory that was seen, 0 when the program was too short to look; null where the host cannot tell. */
  get peak(): number | null {
    return HOST_TELLS ? this.#peak : null;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks now: the limit that is exceeded, or null. */
  #exceeded(): LimitName | null {
    const now = this.#usage();
    if (now === null || this.#baseline === null) return null;
    const memoryBytes = now.memoryBytes - this.#baseline.memoryBytes + this.#guest.fileBytes;
    this.#peak = Math.max(memoryBytes, this.#peak);
    // Many processes also take much memory, and are what is to be told then.
    if (now.tasks - this.#baseline.tasks > this.#limits.processes) return 'processes';
    if (memoryBytes > this.#limits.memoryBytes) return 'memory';
    return now.cpuTimeMs - this.#baseline.cpuTimeMs > this.#limits.cpuTimeMs ? 'cpuTime' : null;
  }

  #usage(): Usage | null {
    const precisely = (this.#baseline?.memoryBytes ?? 0) + this.#limits.memoryBytes;
    return this.#tree?.usage(precisely) ?? null;
  }
}
