import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statfsSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { GuestProcess, type PipedChild, type ProcessControl } from '../guest-process.ts';
import type { Command } from '../runtimes/runtime.ts';
import { addSharedLibraries } from '../runtimes/shared-libraries.ts';
import type { Limits, Protection } from '../sandbox.ts';
import type { Workspace } from '../workspace.ts';
import { bwrapArgs, INFO_FD, prlimitCommand } from './bwrap-args.ts';
import type { Cgroup } from './cgroup.ts';
import type { Enclosure } from './enclosure.ts';
import { seccompFilter } from './seccomp.ts';
import { ARCHITECTURES } from './syscalls.ts';
import { createUserIdAllocator } from './user-ids.ts';

const BWRAP = ['/usr/bin/bwrap', '/usr/local/bin/bwrap'];
const PRLIMIT = '/usr/bin/prlimit';

/** The parts and settings of the enclosure. */
export interface BubblewrapOptions {
  /** The path of the bwrap executable. */
  bwrap: string;
  workspace: Workspace;
  /** Whether every process runs as a different user. Only root can do that. */
  separateUsers: boolean;
  /** The cgroup of this process, which its children inherit; null where the host allows none. */
  cgroup: Cgroup | null;
  /** The limits that rlimits derive from. */
  ceiling: Limits;
}

/** Returns the path of the host's bwrap. Throws when it is not installed. */
export function findBwrap(): string {
  const bwrap = BWRAP.find((file) => existsSync(file));
  if (bwrap === undefined) throw new Error('bubblewrap: bwrap is not installed (package bubblewrap)');
  return bwrap;
}

/**
 * Creates an enclosure with new namespaces, a seccomp filter, rlimits and a read-only root. Throws when the host
 * lacks a part of it.
 */
export async function bubblewrapEnclosure(options: BubblewrapOptions): Promise<Enclosure> {
  const { bwrap, workspace, separateUsers, ceiling, cgroup } = options;
  const architecture = ARCHITECTURES[process.arch];
  if (!existsSync(PRLIMIT)) throw new Error('bubblewrap: prlimit is not installed (package util-linux)');
  if (architecture === undefined)
    throw new Error(`bubblewrap: there is no system call filter for ${process.arch}`);

  const filter = join(workspace.folder, 'filter');
  await writeFile(filter, seccompFilter(architecture));
  const prlimit = await workspace.addBinary(PRLIMIT, 'bin/prlimit');
  await addSharedLibraries(workspace, [PRLIMIT]);
  const nextUserId = separateUsers ? createUserIdAllocator() : () => null;

  function start(command: Command): GuestProcess {
    // bwrap reads the file to its end, so every process needs its own open file.
    const filterFile = openSync(filter, 'r');
    const userId = nextUserId();
    try {
      const child = spawn(bwrap, [...bwrapArgs(workspace), ...prlimitCommand(prlimit, command, ceiling)], {
        cwd: '/',
        env: command.env,
        stdio: ['pipe', 'pipe', 'pipe', filterFile, 'pipe'],
        ...(userId !== null && { uid: userId, gid: userId }),
      });
      return new GuestProcess(asPiped(child), controlOf(child));
    } finally {
      closeSync(filterFile);
    }
  }
  return { kind: 'bubblewrap', protections: protections(options), start, close: () => cgroup?.close() };
}

function protections({ separateUsers, cgroup }: BubblewrapOptions): Protection[] {
  const group = cgroup ? [`cgroup ${cgroup.version}`] : [];
  return [
    { name: 'namespaces', mechanism: 'user, pid, mount, network, ipc, uts, cgroup' },
    { name: 'filter', mechanism: 'seccomp' },
    { name: 'memory', mechanism: [...group, 'rlimit', 'watch'].join(', ') },
    { name: 'processes', mechanism: [...group, 'rlimit', 'watch'].join(', ') },
    { name: 'network', mechanism: 'namespace, seccomp' },
    { name: 'user', mechanism: separateUsers ? 'one for each box' : null },
  ];
}

/** How long bwrap may take to write the pid. After that, `kill` kills bwrap itself. */
const INFO_DEADLINE_MS = 5_000;

/** Controls the process inside. The child process is bwrap, which stays outside and writes the pid of that one. */
function controlOf(child: ChildProcess): ProcessControl {
  let pid: number | undefined;
  let info = '';
  let killTimer: NodeJS.Timeout | undefined;
  child.stdio[INFO_FD]?.on('data', (bytes: Buffer) => {
    info += bytes;
    const match = /"child-pid": (\d+)/.exec(info)?.[1];
    if (pid !== undefined || match === undefined) return;
    pid = Number(match);
    if (killTimer) killProcess(pid);
    else preferForOomKill(pid);
  });
  child.once('exit', () => clearTimeout(killTimer));
  return {
    pid: () => pid,
    kill: () => {
      // `pid` is the first process of its pid namespace: the kernel kills all others with it. Killing bwrap before it
      // has set up that process would leave it waiting for ever, so bwrap is killed only when it writes no pid.
      if (pid !== undefined) killProcess(pid);
      else killTimer ??= setTimeout(() => child.kill('SIGKILL'), INFO_DEADLINE_MS);
    },
    exitOf: (exitCode, signal) => (signal ? { exitCode, signal } : exitOfShellCode(exitCode)),
    fileBytes: () => (pid === undefined ? 0 : fileBytesOf(pid)),
  };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has exited already; bwrap exits next.
  }
}

/** Makes the kernel kill the program before the supervisor and the server when the host runs out of memory. */
function preferForOomKill(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // The process has exited already, or this process lacks the permission.
  }
}

/**
 * More than the kernel's own memory for one file. Counting it bounds the number of empty files, which take the kernel
 * long to delete.
 */
const FILE_OVERHEAD_BYTES = 4096;

/**
 * Returns the memory of the tmpfs mounts of a process, in bytes. The program cannot replace the mounts, so statfs
 * follows no path that the program controls.
 */
function fileBytesOf(pid: number): number {
  try {
    return ['tmp', 'dev/shm'].reduce((sum, folder) => {
      const { blocks, bfree, bsize, files, ffree } = statfsSync(`/proc/${pid}/root/${folder}`);
      return sum + (blocks - bfree) * bsize + (files - ffree) * FILE_OVERHEAD_BYTES;
    }, 0);
  } catch {
    return 0;
  }
}

/** Signals by which a program may end. */
const FATAL_SIGNALS = [
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGSEGV',
  'SIGSYS',
] as const;

/** Like a shell, bwrap exits with 128 plus the number of the signal that ended the process inside. */
function exitOfShellCode(exitCode: number | null) {
  const signal = FATAL_SIGNALS.find((name) => exitCode === 128 + constants.signals[name]);
  return signal ? { exitCode: null, signal } : { exitCode, signal: null };
}

function asPiped(child: ChildProcess): PipedChild {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('A process was started without pipes');
  return Object.assign(child, { stdin, stdout, stderr });
}
