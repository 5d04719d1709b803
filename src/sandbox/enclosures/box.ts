import type { Command } from '../runtimes/runtime.ts';
import type { Limits } from '../sandbox.ts';
import type { Workspace } from '../workspace.ts';

/** What a program may write to its folder, and what it may share between its processes. */
const DISK_BYTES = 32 * 2 ** 20;
const SHARED_BYTES = 4 * 2 ** 20;
const OPEN_FILES = 64;

/** Threads of the interpreter itself, which grow with the cores of the host; the watch counts more exactly. */
const INTERPRETER_TASKS = 64;

/** Descriptors that bubblewrap is given beside the standard ones. */
const FILTER = 3;
export const INFO = 4;

/** Not `/dev/zero`: mapping it is memory that no process is seen to have. */
const DEVICES = ['/dev/null', '/dev/full', '/dev/random', '/dev/urandom'];

const LINKS = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
] as const;

/** The arguments that make the box. What is mounted before the root would be hidden by it. */
export function box({ root, mounts, start }: Workspace): string[] {
  const bind = (source: string, target: string) => ['--ro-bind', source, target];
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', '65534', '--gid', '65534'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ...['--seccomp', `${FILTER}`, '--info-fd', `${INFO}`],
    ...bind(root, '/'),
    ...mounts.flatMap(({ source, target }) => bind(source, target)),
    ...['--proc', '/proc', '--tmpfs', '/dev', ...DEVICES.flatMap((file) => ['--dev-bind', file, file])],
    ...LINKS.flatMap(([target, name]) => ['--symlink', target, `/dev/${name}`]),
    ...['--dir', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', `${SHARED_BYTES}`, '--tmpfs', '/dev/shm', '--size', `${DISK_BYTES}`, '--tmpfs', '/tmp'],
    ...['--chdir', start, '--'],
  ];
}

/** Limits that the kernel holds each process to. They are set inside, where the box's processes alone count. */
export function limited(prlimit: string, { file, args, rlimits }: Command, ceiling: Limits): string[] {
  const seconds = Math.ceil(ceiling.cpuTimeMs / 1000) + 2;
  const tasks = ceiling.processes + INTERPRETER_TASKS;
  return [
    ...[prlimit, '--core=0', `--nofile=${OPEN_FILES}`, `--fsize=${DISK_BYTES}`, `--cpu=${seconds}`],
    ...[`--nproc=${tasks}`, ...rlimits, '--', file, ...args],
  ];
}
