import type { Language, Package } from '../sandbox.ts';

/** How to start a process. Paths are as guests see them. */
export interface Command {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Options for `prlimit` that this runtime adds to those of the enclosure. */
  rlimits: readonly string[];
}

/** Runs programs of some languages. Its process loads, then receives one program on stdin. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly languages: readonly Language[];
  readonly packages: readonly Package[];
  /** Starts a process; the additional last argument `wait` starts one that waits for its program. */
  readonly command: Command;
  /** Starts a process that checks the types of one TypeScript program and does not run it. */
  readonly typeChecker?: Command;
  /** The measured memory of a waiting process without its shared pages, in bytes. */
  readonly waitingBytes: number;
}
