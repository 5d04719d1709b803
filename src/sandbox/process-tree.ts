import { readdirSync, readFileSync } from 'node:fs';

/** What one process uses, and the processor time of the children that it has waited for. */
interface Share extends Usage {
  childrenMs: number;
}

/** What a process and all its descendants use. */
export interface Usage {
  /** Resident memory in bytes; a page that several processes share counts once, where the kernel tells. */
  memoryBytes: number;
  /** Processor time in milliseconds, of children that are gone too. */
  cpuTimeMs: number;
  /** Processes and threads. */
  tasks: number;
}

/** Length of a clock tick of /proc, the same on every Linux (USER_HZ). */
const TICK_MS = 10;

/** Whether this host lets one look into processes, as Linux does. */
export function canReadProcesses(): boolean {
  return usageOfOne(process.pid) !== null;
}

/** Whether there is a process of this number, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The tree below a process, itself included, as it is seen from look to look. */
export class ProcessTree {
  readonly #root: number;
  /** The processor time of each process that was ever seen: one whose end nobody waits for takes its own along. */
  readonly #cpuTimes = new Map<number, number>();
  #waitedFor = 0;
  #nextCloseLook = 0;

  constructor(root: number) {
    this.#root = root;
  }

  /**
   * What it uses now; null when it is gone, or the host does not tell. Memory that seems to be over `precisely` is
   * looked at more closely, which takes longer the more processes share, and so is not done at every look.
   */
  usage(precisely: number): Usage | null {
    const pids: number[] = [];
    const total: Usage = { memoryBytes: 0, cpuTimeMs: 0, tasks: 0 };
    let living = 0;
    let waitedFor = 0;
    for (let queue = [this.#root]; queue.length > 0; ) {
      const pid = queue.pop() ?? this.#root;
      const share = usageOfOne(pid);
      if (!share) continue;
      pids.push(pid);
      this.#cpuTimes.set(pid, share.cpuTimeMs);
      living += share.cpuTimeMs;
      waitedFor += share.childrenMs;
      total.memoryBytes += share.memoryBytes;
      total.tasks += share.tasks;
      queue = queue.concat(childrenOf(pid, share.tasks));
    }
    if (pids.length === 0) return null;
    this.#waitedFor = Math.max(this.#waitedFor, waitedFor);
    total.cpuTimeMs = Math.max(this.#seen(), living + this.#waitedFor);
    if (pids.length > 1 && total.memoryBytes > precisely)
      total.memoryBytes = this.#closeLook(pids, precisely);
    return total;
  }

  #seen(): number {
    return [...this.#cpuTimes.values()].reduce((sum, time) => sum + time, 0);
  }

  #closeLook(pids: readonly number[], otherwise: number): number {
    const began = performance.now();
    if (began < this.#nextCloseLook) return otherwise;
    const bytes = pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0);
    this.#nextCloseLook = performance.now() + CLOSE_LOOK_SHARE * (performance.now() - began);
    return bytes;
  }
}

/** Close looks take a tenth of the time at most. */
const CLOSE_LOOK_SHARE = 10;

function usageOfOne(pid: number): Share | null {
  const stat = read(`/proc/${pid}/stat`);
  const status = read(`/proc/${pid}/status`);
  if (stat === null || status === null) return null;
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime and cstime of proc(5), whose first field here is the third.
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15).map(Number);
  return {
    memoryBytes: kilobytes(status, 'VmRSS') * 1024,
    cpuTimeMs: (user + system) * TICK_MS,
    childrenMs: (childrenUser + childrenSystem) * TICK_MS,
    tasks: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 1),
  };
}

/** The children of every thread of a process. */
function childrenOf(pid: number, threads: number): number[] {
  const tasks = threads === 1 ? [String(pid)] : list(`/proc/${pid}/task`);
  return tasks.flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function proportionalBytes(pid: number): number {
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  return kilobytes(rollup ?? read(`/proc/${pid}/status`) ?? '', rollup === null ? 'VmRSS' : 'Pss') * 1024;
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
