import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning } from '../process-tree.ts';

/** Limits of the kernel for all programs together. They count every process and every kind of memory. */
export interface Cgroup {
  readonly version: 'v1' | 'v2';
  /** Moves this process back and deletes the cgroup. Does not delete it while other processes are in it. */
  close(): void;
}

interface CgroupLimits {
  memoryBytes: number;
  tasks: number;
}

const ROOT = '/sys/fs/cgroup';
const PREFIX = 'codeinterview-';

/** The files of the limits. In v1 every controller has a folder, in v2 all share one. */
const FILES = {
  v1: { memory: 'memory.limit_in_bytes', swap: 'memory.swappiness' },
  v2: { memory: 'memory.max', swap: 'memory.swap.max' },
} as const;

/**
 * Moves this process, and so its future children, into a new cgroup with these limits. Returns null where the host
 * does not allow that. A cgroup for each program would be tighter, but moving a process waits for every processor,
 * which takes 10 to 20 ms.
 */
export function enterCgroup(limits: CgroupLimits): Cgroup | null {
  try {
    const memberships = readFileSync('/proc/self/cgroup', 'utf8');
    const memory = ownFolder(memberships, 'memory');
    const pids = ownFolder(memberships, 'pids');
    if (memory && pids) return enter('v1', { memory, pids }, limits);
    const own = /^0::(.*)$/m.exec(memberships)?.[1];
    if (own === undefined) return null;
    // In v2 a cgroup with processes cannot have children with limits, so the new one becomes a sibling.
    const parent = join(ROOT, dirname(own));
    return enter('v2', { memory: parent, pids: parent }, limits, join(ROOT, own));
  } catch {
    return null;
  }
}

/** Returns this process's folder of a v1 controller, or null. */
function ownFolder(memberships: string, controller: string): string | null {
  const path = new RegExp(`^\\d+:(?:\\S+,)?${controller}(?:,\\S+)?:(.*)$`, 'm').exec(memberships)?.[1];
  return path === undefined ? null : join(ROOT, controller, path);
}

function enter(
  version: Cgroup['version'],
  parents: { memory: string; pids: string },
  { memoryBytes, tasks }: CgroupLimits,
  originalFolder?: string,
): Cgroup {
  const folders = [...new Set([parents.memory, parents.pids])];
  for (const folder of folders) removeAbandoned(folder);
  const name = `${PREFIX}${process.pid}`;
  const close = () => {
    for (const folder of folders) {
      writeFileSync(join(originalFolder ?? folder, 'cgroup.procs'), String(process.pid));
      removeFolder(join(folder, name));
    }
  };
  for (const folder of folders) mkdirSync(join(folder, name), { recursive: true });
  try {
    writeFileSync(join(parents.memory, name, FILES[version].memory), String(memoryBytes));
    writeFileSync(join(parents.pids, name, 'pids.max'), String(tasks));
    disableSwap(join(parents.memory, name, FILES[version].swap));
    for (const folder of folders) writeFileSync(join(folder, name, 'cgroup.procs'), String(process.pid));
    return { version, close };
  } catch (error) {
    close();
    throw error;
  }
}

function disableSwap(file: string): void {
  try {
    writeFileSync(file, '0');
  } catch {
    // A kernel without swap has no such file.
  }
}

/** Deletes the cgroups of supervisors that were killed. */
function removeAbandoned(folder: string): void {
  const ours = readdirSync(folder).filter((name) => name.startsWith(PREFIX));
  for (const name of ours) {
    if (!isRunning(Number(name.slice(PREFIX.length)))) removeFolder(join(folder, name));
  }
}

function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It still has processes, or another supervisor has deleted it.
  }
}
