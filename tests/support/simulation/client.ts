import { setTimeout as pause } from 'node:timers/promises';
import type { Alphabet } from '../letters.ts';
import type { NetworkProxy } from '../proxy.ts';
import type { Random } from '../random.ts';

/** What a client of the simulation is given. */
export interface Surroundings {
  /** Cuts its connections, and leads new ones to the next server. */
  readonly proxy: NetworkProxy;
  readonly sessionId: string;
  readonly userId: string;
  readonly random: Random;
  readonly alphabet: Alphabet;
  /** Aborted when the client vanishes. */
  readonly signal: AbortSignal;
  /** Takes an error that fails the simulation, unless the client has vanished. */
  report(error: unknown): void;
}

/** Somebody who edits the document of a simulation. */
export interface SimulatedClient {
  /** Makes one change. Resolves when a server has it, or when it is in a replica that sends it. */
  act(): Promise<void>;
  /** The text that it shows; null for a client that reads it anew for each change. */
  text(): string | null;
  /** The letters that it keeps itself until a server has them. */
  readonly own: ReadonlySet<string>;
}

export const NONE: ReadonlySet<string> = new Set();

/** Repeats an attempt until it returns something. */
export async function insist<Result>(
  signal: AbortSignal,
  attempt: () => Promise<Result | null>,
): Promise<Result> {
  for (;;) {
    signal.throwIfAborted();
    const result = await attempt();
    if (result !== null) return result;
    await pause(20);
  }
}
