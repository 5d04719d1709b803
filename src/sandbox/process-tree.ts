import { readdirSync, readFileSync } from 'node:fs';

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
  return usageOf(process.pid, Number.POSITIVE_INFINITY) !== null;
}

/**
 * What the tree below a process uses, itself included; null when it is gone, or the host does not tell. Memory
 * that seems to be over `precisely` is looked at again more closely, which takes longer.
 */
export function usageOf(root: number, precisely: number): Usage | null {
  const pids: number[] = [];
  const total: Usage = { memoryBytes: 0, cpuTimeMs: 0, tasks: 0 };
  for (let queue = [root]; queue.length > 0; ) {
    const pid = queue.pop() ?? root;
    const usage = usageOfOne(pid);
    if (!usage) continue;
    pids.push(pid);
    total.memoryBytes += usage.memoryBytes;
    total.cpuTimeMs += usage.cpuTimeMs;
    total.tasks += usage.tasks;
    queue = queue.concat(childrenOf(pid, usage.tasks));
  }
  if (pids.length === 0) return null;
  if (pids.length > 1 && total.memoryBytes > precisely) {
    total.memoryBytes = pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0);
  }
  return total;
}

function usageOfOne(pid: number): Usage | null {
  const stat = read(`/proc/${pid}/stat`);
  const status = read(`/proc/${pid}/status`);
  if (stat === null || status === null) return null;
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime and cstime of proc(5), whose first field here is the third.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    memoryBytes: kilobytes(status, 'VmRSS') * 1024,
    cpuTimeMs: ticks * TICK_MS,
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
