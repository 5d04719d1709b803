import type { GuestProcess } from '../guest-process.ts';
import type { Command } from '../runtimes/runtime.ts';
import type { Protection, SandboxKind } from '../sandbox.ts';

/** Starts processes with the protections of one kind of sandbox. */
export interface Enclosure {
  readonly kind: SandboxKind;
  readonly protections: readonly Protection[];
  /** Starts a process inside. Throws when the host cannot start one. */
  start(command: Command): GuestProcess;
  /** Releases resources of the host. Call it after all processes have exited. */
  close(): void;
}
