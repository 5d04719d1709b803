import { readFileSync } from 'node:fs';

const INTERVAL_MS = 25;

/** Watches the memory that a process takes beyond what it had when the watch began, where the host can tell. */
export class MemoryWatch {
  #peak = 0;
  readonly #pid: number;
  readonly #baseline: number | null;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(pid: number, limitBytes: number, onExceeded: () => void) {
    this.#pid = pid;
    this.#baseline = residentBytes(pid);
    if (this.#baseline === null) return;
    this.#timer = setInterval(() => {
      if ((this.sample() ?? 0) > limitBytes) onExceeded();
    }, INTERVAL_MS);
  }

  /** The most that was seen, 0 when the program was too short to look; null where the host cannot tell. */
  get peak(): number | null {
    return HOST_TELLS ? this.#peak : null;
  }

  /** Looks now. */
  sample(): number | null {
    const resident = residentBytes(this.#pid);
    if (resident === null || this.#baseline === null) return null;
    const used = Math.max(0, resident - this.#baseline);
    this.#peak = Math.max(used, this.#peak);
    return used;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** A process that is gone already tells nothing either, but its host would. */
const HOST_TELLS = residentBytes(process.pid) !== null;

function residentBytes(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
