import type { GuestProcess } from './guest-process.ts';
import { canReadProcesses, ProcessTree, type ResourceUsage } from './process-tree.ts';
import type { LimitName, Limits } from './sandbox.ts';
import { exceededLimit } from './verdict.ts';

const SAMPLE_INTERVAL_MS = 25;

/** Read once: a host does not gain or lose /proc while the process runs. */
const CAN_MEASURE = canReadProcesses();

/** Samples the resource usage of a program: that of its process minus the usage when the monitor was created. */
export class ResourceMonitor {
  #memoryPeak = 0;
  readonly #guest: GuestProcess;
  readonly #tree: ProcessTree | null;
  readonly #limits: Limits;
  readonly #baseline: ResourceUsage | null;
  readonly #timer: NodeJS.Timeout | undefined;

  /** Starts sampling. Calls `onExceeded` after every sample that exceeds a limit. */
  constructor(guest: GuestProcess, limits: Limits, onExceeded: (limit: LimitName) => void) {
    this.#guest = guest;
    this.#tree = guest.pid === undefined ? null : new ProcessTree(guest.pid);
    this.#limits = limits;
    this.#baseline = this.#measure();
    if (this.#baseline === null) return;
    this.#timer = setInterval(() => {
      const limit = this.#sample();
      if (limit) onExceeded(limit);
    }, SAMPLE_INTERVAL_MS);
  }

  /** The highest sample in bytes, 0 when the program ended before the first; null where the host has no /proc. */
  get memoryPeak(): number | null {
    return CAN_MEASURE ? this.#memoryPeak : null;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): LimitName | null {
    const now = this.#measure();
    if (now === null || this.#baseline === null) return null;
    const usage = {
      memoryBytes: now.memoryBytes - this.#baseline.memoryBytes + this.#guest.fileBytes,
      cpuTimeMs: now.cpuTimeMs - this.#baseline.cpuTimeMs,
      tasks: now.tasks - this.#baseline.tasks,
    };
    this.#memoryPeak = Math.max(usage.memoryBytes, this.#memoryPeak);
    return exceededLimit(usage, this.#limits);
  }

  #measure(): ResourceUsage | null {
    const limitBytes = (this.#baseline?.memoryBytes ?? 0) + this.#limits.memoryBytes;
    return this.#tree?.usage(limitBytes) ?? null;
  }
}
