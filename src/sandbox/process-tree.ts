import { readdirSync, readFileSync } from 'node:fs';

/** The resource usage of a process and all its descendants. */
export interface ResourceUsage {
  /** Resident memory in bytes. See `ProcessTree.usage` for pages that several processes share. */
  memoryBytes: number;
  /** Processor time in milliseconds, including that of processes that have ended. */
  cpuTimeMs: number;
  /** Processes and threads. */
  tasks: number;
}

/** The resource usage of a single process. */
interface ProcessUsage extends ResourceUsage {
  /** Processor time in milliseconds of the ended children that it has waited for. */
  waitedChildrenMs: number;
}

/** Length of a clock tick of /proc, the same on every Linux (USER_HZ). */
const TICK_MS = 10;

/** Returns whether this host has the /proc of Linux. */
export function canReadProcesses(): boolean {
  return usageOfProcess(process.pid) !== null;
}

/** Returns whether a process has this id, even one of another user. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A process and its descendants. Counts the processor time of processes that ended between two samples, too. */
export class ProcessTree {
  readonly #root: number;
  /**
   * The last sampled processor time of every process, by pid. The kernel forgets the time of a child whose parent
   * ignores SIGCHLD.
   */
  readonly #cpuTimes = new Map<number, number>();
  #waitedChildrenMs = 0;
  #nextExactMeasurement = 0;

  constructor(root: number) {
    this.#root = root;
  }

  /**
   * Returns the current usage; null when the root process is gone or the host has no /proc. Memory is the sum
   * of the resident sizes, which counts a shared page once per process. Only a sum above `limitBytes` is measured
   * again with shared pages divided among their processes, because that takes the kernel much longer.
   */
  usage(limitBytes: number): ResourceUsage | null {
    const pids: number[] = [];
    const total: ResourceUsage = { memoryBytes: 0, cpuTimeMs: 0, tasks: 0 };
    let livingMs = 0;
    let waitedChildrenMs = 0;
    for (let queue = [this.#root]; queue.length > 0; ) {
      const pid = queue.pop() ?? this.#root;
      const own = usageOfProcess(pid);
      if (!own) continue;
      pids.push(pid);
      this.#cpuTimes.set(pid, own.cpuTimeMs);
      livingMs += own.cpuTimeMs;
      waitedChildrenMs += own.waitedChildrenMs;
      total.memoryBytes += own.memoryBytes;
      total.tasks += own.tasks;
      queue = queue.concat(childrenOf(pid, own.tasks));
    }
    if (pids.length === 0) return null;
    this.#waitedChildrenMs = Math.max(this.#waitedChildrenMs, waitedChildrenMs);
    total.cpuTimeMs = Math.max(this.#sampledCpuTimeMs(), livingMs + this.#waitedChildrenMs);
    if (pids.length > 1 && total.memoryBytes > limitBytes)
      total.memoryBytes = this.#exactMemoryBytes(pids, limitBytes);
    return total;
  }

  #sampledCpuTimeMs(): number {
    return [...this.#cpuTimes.values()].reduce((sum, time) => sum + time, 0);
  }

  /** Returns `limitBytes` itself when the last exact measurement was too short ago. */
  #exactMemoryBytes(pids: readonly number[], limitBytes: number): number {
    const began = performance.now();
    if (began < this.#nextExactMeasurement) return limitBytes;
    const bytes = pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0);
    this.#nextExactMeasurement = performance.now() + EXACT_MEASUREMENT_PAUSE * (performance.now() - began);
    return bytes;
  }
}

/** The pause after an exact measurement, as a multiple of how long it took: at most a tenth of the time goes there. */
const EXACT_MEASUREMENT_PAUSE = 10;

function usageOfProcess(pid: number): ProcessUsage | null {
  const stat = read(`/proc/${pid}/stat`);
  const status = read(`/proc/${pid}/status`);
  if (stat === null || status === null) return null;
  // The command name stands in parentheses and may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 to 17 of proc_pid_stat(5): utime, stime, cutime, cstime. `fields` starts at field 3.
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15).map(Number);
  return {
    memoryBytes: kilobytes(status, 'VmRSS') * 1024,
    cpuTimeMs: (user + system) * TICK_MS,
    waitedChildrenMs: (childrenUser + childrenSystem) * TICK_MS,
    tasks: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 1),
  };
}

/** Returns the children that any thread of the process started. */
function childrenOf(pid: number, threads: number): number[] {
  const tasks = threads === 1 ? [String(pid)] : list(`/proc/${pid}/task`);
  return tasks.flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

/** Returns the proportional set size (Pss): a page that n processes share counts as 1/n of a page. */
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
