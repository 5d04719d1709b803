import type { Language } from './sandbox.ts';

/** What starts a process. */
export interface Command {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** How programs of some languages are run: by a process that loads, then waits for one program on stdin. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly languages: readonly Language[];
  /** What starts a process. */
  readonly command: Command;
}

/** What stands around a process: turns the command of a runtime into one that starts inside. */
export type Enclosure = (command: Command) => Command;
