import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statfsSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { GuestProcess, type Inside, type PipedChild } from '../guest-process.ts';
import { addLibraries } from '../runtimes/libraries.ts';
import type { Command } from '../runtimes/runtime.ts';
import type { Limits, Protection } from '../sandbox.ts';
import type { Workspace } from '../workspace.ts';
import { box, INFO, limited } from './box.ts';
import type { Cgroup } from './cgroup.ts';
import type { Enclosure } from './enclosure.ts';
import { systemCallFilter } from './seccomp.ts';
import { MACHINES } from './syscalls.ts';
import { boxUsers } from './users.ts';

const BWRAP = ['/usr/bin/bwrap', '/usr/local/bin/bwrap'];
const PRLIMIT = '/usr/bin/prlimit';

export interface BubblewrapOptions {
  /** The program itself. */
  bwrap: string;
  workspace: Workspace;
  /** Each box as a user of its own, which only root can give it. */
  ownUsers: boolean;
  /** The group that this process, and so every box, is in. */
  cgroup: Cgroup | null;
  ceiling: Limits;
}

/** The bubblewrap of this host. Throws when there is none. */
export function findBwrap(): string {
  const bwrap = BWRAP.find((file) => existsSync(file));
  if (bwrap === undefined) throw new Error('bubblewrap: bwrap is not installed (package bubblewrap)');
  return bwrap;
}

/** Fresh namespaces, a system call filter, limits and a read-only root of its own. Throws what is missing. */
export async function bubblewrapEnclosure(options: BubblewrapOptions): Promise<Enclosure> {
  const { bwrap, workspace, ownUsers, ceiling, cgroup } = options;
  const machine = MACHINES[process.arch];
  if (!existsSync(PRLIMIT)) throw new Error('bubblewrap: prlimit is not installed (package util-linux)');
  if (machine === undefined)
    throw new Error(`bubblewrap: there is no system call filter for ${process.arch}`);

  const filter = join(workspace.folder, 'filter');
  await writeFile(filter, systemCallFilter(machine));
  const prlimit = await workspace.addBinary(PRLIMIT, 'bin/prlimit');
  await addLibraries(workspace, [PRLIMIT]);
  const user = ownUsers ? boxUsers() : () => null;

  function start(command: Command): GuestProcess {
    // bwrap reads it to its end, so each needs one of its own.
    const filterFile = openSync(filter, 'r');
    const id = user();
    try {
      const child = spawn(bwrap, [...box(workspace), ...limited(prlimit, command, ceiling)], {
        cwd: '/',
        env: command.env,
        stdio: ['pipe', 'pipe', 'pipe', filterFile, 'pipe'],
        ...(id !== null && { uid: id, gid: id }),
      });
      return new GuestProcess(asPiped(child), inside(child));
    } finally {
      closeSync(filterFile);
    }
  }
  return { kind: 'bubblewrap', protections: protections(options), start, close: () => cgroup?.close() };
}

function protections({ ownUsers, cgroup }: BubblewrapOptions): Protection[] {
  const group = cgroup ? [`cgroup ${cgroup.version}`] : [];
  return [
    { name: 'namespaces', mechanism: 'user, pid, mount, network, ipc, uts, cgroup' },
    { name: 'filter', mechanism: 'seccomp' },
    { name: 'memory', mechanism: [...group, 'rlimit', 'watch'].join(', ') },
    { name: 'processes', mechanism: [...group, 'rlimit', 'watch'].join(', ') },
    { name: 'network', mechanism: 'namespace, seccomp' },
    { name: 'user', mechanism: ownUsers ? 'one for each box' : null },
  ];
}

/** How long bwrap may take to tell the pid before it is given up. */
const INFO_DEADLINE_MS = 5_000;

/** bwrap's own process stays outside and tells the pid of the one inside. */
function inside(child: ChildProcess): Inside {
  let pid: number | undefined;
  let info = '';
  let doomed: NodeJS.Timeout | undefined;
  child.stdio[INFO]?.on('data', (bytes: Buffer) => {
    info += bytes;
    const found = /"child-pid": (\d+)/.exec(info)?.[1];
    if (pid !== undefined || found === undefined) return;
    pid = Number(found);
    if (doomed) killProcess(pid);
    else diesFirst(pid);
  });
  child.once('exit', () => clearTimeout(doomed));
  return {
    pid: () => pid,
    kill: () => {
      // Killing the first process ends its namespace, and with it every other process. Without bwrap's own process
      // it would wait for ever, so that one is killed only when it never told.
      if (pid !== undefined) killProcess(pid);
      else doomed ??= setTimeout(() => child.kill('SIGKILL'), INFO_DEADLINE_MS);
    },
    end: (exitCode, signal) => (signal ? { exitCode, signal } : fromShell(exitCode)),
    fileBytes: () => (pid === undefined ? 0 : fileBytesOf(pid)),
  };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, and bwrap's own process is about to tell so.
  }
}

/** When memory runs out, a program goes and not what watches it. */
function diesFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // It is gone already, or this process may not.
  }
}

/** More than the kernel keeps for a file beside its contents; clearing away very many files takes it long. */
const FILE_BYTES = 4096;

/** The program's folders are mounts that it cannot move, so asking for their size opens nothing of the program's. */
function fileBytesOf(pid: number): number {
  try {
    return ['tmp', 'dev/shm'].reduce((sum, folder) => {
      const { blocks, bfree, bsize, files, ffree } = statfsSync(`/proc/${pid}/root/${folder}`);
      return sum + (blocks - bfree) * bsize + (files - ffree) * FILE_BYTES;
    }, 0);
  } catch {
    return 0;
  }
}

/** Signals that end a program by its own doing or the kernel's. */
const FATAL = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGSEGV', 'SIGSYS'] as const;

/** bwrap ends as a shell does: with 128 and the number of the signal that ended what was inside. */
function fromShell(exitCode: number | null) {
  const signal = FATAL.find((name) => exitCode === 128 + constants.signals[name]);
  return signal ? { exitCode: null, signal } : { exitCode, signal: null };
}

function asPiped(child: ChildProcess): PipedChild {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('A process was started without pipes');
  return Object.assign(child, { stdin, stdout, stderr });
}
