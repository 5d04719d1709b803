import { join } from 'node:path';
import type { Command } from '../runtimes/runtime.ts';
import type { Limits } from '../sandbox.ts';
import type { Workspace } from '../workspace.ts';

/** The size of /tmp, and the largest file. */
const TMP_BYTES = 32 * 2 ** 20;
/** The size of /dev/shm. */
const SHM_BYTES = 4 * 2 ** 20;
/** A worker of Node takes four. */
const OPEN_FILES = 128;

/** An upper estimate of the interpreter's threads, which grow with the cores. The resource monitor is exact. */
const INTERPRETER_TASKS = 64;

/** The descriptor from which bwrap reads the seccomp filter. */
const SECCOMP_FD = 3;
/** The descriptor to which bwrap writes the pid of the process inside, as JSON. */
export const INFO_FD = 4;

/** Without /dev/zero: a shared mapping of it is memory that may show in no process's usage. */
const DEVICES = ['/dev/null', '/dev/full', '/dev/random', '/dev/urandom'];

/** Symbolic links in /dev: the target and the name. */
const LINKS = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
] as const;

/**
 * Hides the memory of the first process. bwrap itself is that process and tells the exit code of the program, which
 * runs as the same user. The first process also shows in its list of threads.
 */
function hideFirstProcess(root: string): string[] {
  return ['--ro-bind', '/dev/null', '/proc/1/mem', '--ro-bind', join(root, 'empty'), '/proc/1/task'];
}

/** Returns the arguments of bwrap, up to the command. The root comes first: it would hide earlier mounts. */
export function bwrapArgs({ root, mounts, workingDirectory }: Workspace): string[] {
  const bind = (source: string, target: string) => ['--ro-bind', source, target];
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', '65534', '--gid', '65534'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ...['--seccomp', `${SECCOMP_FD}`, '--info-fd', `${INFO_FD}`],
    ...bind(root, '/'),
    ...mounts.flatMap(({ source, target }) => bind(source, target)),
    ...['--proc', '/proc', ...hideFirstProcess(root)],
    ...['--tmpfs', '/dev', ...DEVICES.flatMap((file) => ['--dev-bind', file, file])],
    ...LINKS.flatMap(([target, name]) => ['--symlink', target, `/dev/${name}`]),
    ...['--dir', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', `${SHM_BYTES}`, '--tmpfs', '/dev/shm', '--size', `${TMP_BYTES}`, '--tmpfs', '/tmp'],
    ...['--chdir', workingDirectory, '--'],
  ];
}

/**
 * Returns the command wrapped in `prlimit`, which sets the kernel's limits of every process. It runs inside the user
 * namespace, where RLIMIT_NPROC counts the processes of this program only.
 */
export function prlimitCommand(prlimit: string, { file, args, rlimits }: Command, ceiling: Limits): string[] {
  const seconds = Math.ceil(ceiling.cpuTimeMs / 1000) + 2;
  const tasks = ceiling.processes + INTERPRETER_TASKS;
  return [
    ...[prlimit, '--core=0', `--nofile=${OPEN_FILES}`, `--fsize=${TMP_BYTES}`, `--cpu=${seconds}`],
    ...[`--nproc=${tasks}`, ...rlimits, '--', file, ...args],
  ];
}
