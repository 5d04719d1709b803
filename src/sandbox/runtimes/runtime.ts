import type { Language } from '../sandbox.ts';

/** What starts a process, with paths as the process sees them. */
export interface Command {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** What `prlimit` is to hold the process to, beside what holds for every process. */
  rlimits: readonly string[];
}

/** How programs of some languages are run: by a process that loads, then waits for one program on stdin. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly languages: readonly Language[];
  /** What starts a process. */
  readonly command: Command;
  /** Memory that a waiting process holds to itself, in bytes, as measured. */
  readonly waitingBytes: number;
}
