import type { GuestProcess } from '../guest-process.ts';
import type { Command } from '../runtimes/runtime.ts';
import type { Protection, SandboxKind } from '../sandbox.ts';

/** What stands around processes. */
export interface Enclosure {
  readonly kind: SandboxKind;
  readonly protections: readonly Protection[];
  /** Starts a process inside. */
  start(command: Command): GuestProcess;
  /** Lets go of what it holds, once no process is left. */
  close(): void;
}
