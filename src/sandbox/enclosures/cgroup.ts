import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning } from '../process-tree.ts';

/** The kernel's limits around all programs together: they see every process and every kind of memory. */
export interface Cgroup {
  readonly version: 'v1' | 'v2';
  /** Leaves the group and removes it, once no other process is in it. */
  close(): void;
}

interface Bounds {
  memoryBytes: number;
  tasks: number;
}

const ROOT = '/sys/fs/cgroup';
const PREFIX = 'codeinterview-';

/** The files that bound a group, in the folders of the first version's controllers and in the second's only one. */
const FILES = {
  v1: { memory: 'memory.limit_in_bytes', swap: 'memory.swappiness' },
  v2: { memory: 'memory.max', swap: 'memory.swap.max' },
} as const;

/**
 * Moves this process, and so all that it will start, into a new bounded group; null where it may not. One group for
 * each program would be tighter, but moving a process into a group waits for every processor: 10 to 20 ms.
 */
export function enterCgroup(bounds: Bounds): Cgroup | null {
  try {
    const memberships = readFileSync('/proc/self/cgroup', 'utf8');
    const memory = ownFolder(memberships, 'memory');
    const pids = ownFolder(memberships, 'pids');
    if (memory && pids) return enter('v1', { memory, pids }, bounds);
    const own = /^0::(.*)$/m.exec(memberships)?.[1];
    if (own === undefined) return null;
    // A group that has processes of its own can have no bounded groups below it: ours is its neighbour.
    const parent = join(ROOT, dirname(own));
    return enter('v2', { memory: parent, pids: parent }, bounds, join(ROOT, own));
  } catch {
    return null;
  }
}

function ownFolder(memberships: string, controller: string): string | null {
  const path = new RegExp(`^\\d+:(?:\\S+,)?${controller}(?:,\\S+)?:(.*)$`, 'm').exec(memberships)?.[1];
  return path === undefined ? null : join(ROOT, controller, path);
}

function enter(
  version: Cgroup['version'],
  parents: { memory: string; pids: string },
  { memoryBytes, tasks }: Bounds,
  home?: string,
): Cgroup {
  const folders = [...new Set([parents.memory, parents.pids])];
  for (const folder of folders) removeAbandoned(folder);
  const name = `${PREFIX}${process.pid}`;
  const close = () => {
    for (const folder of folders) {
      writeFileSync(join(home ?? folder, 'cgroup.procs'), String(process.pid));
      removeFolder(join(folder, name));
    }
  };
  for (const folder of folders) mkdirSync(join(folder, name), { recursive: true });
  try {
    writeFileSync(join(parents.memory, name, FILES[version].memory), String(memoryBytes));
    writeFileSync(join(parents.pids, name, 'pids.max'), String(tasks));
    withoutSwap(join(parents.memory, name, FILES[version].swap));
    for (const folder of folders) writeFileSync(join(folder, name, 'cgroup.procs'), String(process.pid));
    return { version, close };
  } catch (error) {
    close();
    throw error;
  }
}

function withoutSwap(file: string): void {
  try {
    writeFileSync(file, '0');
  } catch {
    // A kernel without swap has no such file.
  }
}

/** What a supervisor that was killed left. */
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
    // Somebody is in it still, or removed it already.
  }
}
