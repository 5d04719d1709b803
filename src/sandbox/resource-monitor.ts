import type { GuestProcess } from './guest-process.ts';
import { canReadProcesses, ProcessTree, type ResourceUsage } from './process-tree.ts';
import type { LimitName, Limits } from './sandbox.ts';
import { exceededLimit } from './verdict.ts';

const SAMPLE_INTERVAL_MS = 25;

/** Read once: a host does not gain or lose /proc while the process runs. */
const CAN_MEASURE = canReadProcesses();

/** The usage of a guest when its program starts, as the guest tells it. `tasks` is null when it cannot count them. */
export interface AnnouncedUsage {
  tasks: number | null;
  memoryBytes: number;
}

/** The most that the process of an enclosure takes beside the guest. */
const ENCLOSURE = { tasks: 1, memoryBytes: 4 * 2 ** 20 };

/** Samples the resource usage of a program: that of its process minus the usage before the program started. */
export class ResourceMonitor {
  #memoryPeak = 0;
  #tree: ProcessTree | null = null;
  #baseline: ResourceUsage | null = null;
  readonly #guest: GuestProcess;
  readonly #announced: AnnouncedUsage;
  readonly #limits: Limits;
  readonly #timer: NodeJS.Timeout | undefined;

  /** Starts sampling. Calls `onExceeded` after every sample that exceeds a limit. */
  constructor(
    guest: GuestProcess,
    announced: AnnouncedUsage,
    limits: Limits,
    onExceeded: (limit: LimitName) => void,
  ) {
    this.#guest = guest;
    this.#announced = announced;
    this.#limits = limits;
    if (!CAN_MEASURE) return;
    this.#sample();
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
    if (now === null) return null;
    this.#baseline ??= before(now, this.#announced);
    const usage = {
      memoryBytes: now.memoryBytes - this.#baseline.memoryBytes + this.#guest.fileBytes,
      cpuTimeMs: now.cpuTimeMs - this.#baseline.cpuTimeMs,
      tasks: now.tasks - this.#baseline.tasks,
    };
    this.#memoryPeak = Math.max(usage.memoryBytes, this.#memoryPeak);
    return exceededLimit(usage, this.#limits);
  }

  /** Returns null while the enclosure has not told the process id. It may tell it after the program has started. */
  #measure(): ResourceUsage | null {
    const { pid } = this.#guest;
    if (pid === undefined) return null;
    this.#tree ??= new ProcessTree(pid);
    return this.#tree.usage((this.#baseline?.memoryBytes ?? 0) + this.#limits.memoryBytes);
  }
}

/**
 * Returns the usage before the program started. On a busy host it has long started when this process measures, so what
 * exceeds the announced usage is the program's.
 */
function before(measured: ResourceUsage, announced: AnnouncedUsage): ResourceUsage {
  const tasks = announced.tasks ?? measured.tasks;
  return {
    ...measured,
    tasks: Math.min(measured.tasks, tasks + ENCLOSURE.tasks),
    memoryBytes: Math.min(measured.memoryBytes, announced.memoryBytes + ENCLOSURE.memoryBytes),
  };
}
