import { availableParallelism } from 'node:os';
import type { Enclosure } from './enclosures/enclosure.ts';
import { Pool, poolSizes } from './pool.ts';
import { GuestRun } from './run.ts';
import type { Runtime } from './runtimes/runtime.ts';
import type { Language, Limits, OutputChunk, Program, Run, Sandbox, SandboxOptions } from './sandbox.ts';
import type { Workspace } from './workspace.ts';

/** What a sandbox is made of. */
export interface Parts {
  workspace: Workspace;
  enclosure: Enclosure;
  runtimes: readonly Runtime[];
}

/** A process that loads competes with programs for the processor, so its replacement waits a little. */
const REFILL_DELAY_MS = 300;

/** Runs programs in processes of this process's own. Nothing waits for a program before the first `refill`. */
export class LocalSandbox implements Sandbox {
  readonly kind;
  readonly languages;
  readonly protections;
  readonly #parts: Parts;
  readonly #ceiling: Limits;
  readonly #pools = new Map<Language, Pool>();
  readonly #running = new Set<Run>();
  #refillTimer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(parts: Parts, { waiting, waitingBytes, ceiling }: SandboxOptions) {
    const { enclosure, runtimes } = parts;
    this.kind = enclosure.kind;
    this.protections = enclosure.protections;
    this.languages = runtimes.flatMap(({ languages, name, version }) =>
      languages.map((language) => ({ language, runtime: name, version })),
    );
    this.#parts = parts;
    this.#ceiling = ceiling;
    for (const [runtime, size] of poolSizes(runtimes, waiting, waitingBytes)) {
      const pool = new Pool(runtime, enclosure, size);
      for (const language of runtime.languages) this.#pools.set(language, pool);
    }
  }

  run(program: Program, onOutput: (chunk: OutputChunk) => void): GuestRun {
    const pool = this.#pools.get(program.language);
    if (!pool) throw new Error(`Nothing runs ${program.language}`);
    const limits = atMost(program.limits, this.#ceiling);
    const run = new GuestRun(pool.take(), { ...program, limits }, onOutput);
    this.#running.add(run);
    run.started.then(() => this.#refillWhenIdle());
    run.outcome.then(() => {
      this.#running.delete(run);
      if (this.#running.size === 0) this.refill();
    });
    return run;
  }

  /** Starts what lacks of the processes that wait. */
  refill(): void {
    clearTimeout(this.#refillTimer);
    this.#refillTimer = undefined;
    if (!this.#closing) for (const pool of this.#pools.values()) pool.refill();
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#refillTimer);
    for (const run of this.#running) run.cancel();
    await Promise.all([...this.#running].map((run) => run.outcome));
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#parts.enclosure.close();
    await this.#parts.workspace.remove();
  }

  /** A program that runs long must not keep others from warm processes, as long as a core is free. */
  #refillWhenIdle(): void {
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = undefined;
      if (this.#running.size < availableParallelism()) this.refill();
    }, REFILL_DELAY_MS);
  }
}

function atMost(limits: Limits, ceiling: Limits): Limits {
  return {
    cpuTimeMs: Math.min(limits.cpuTimeMs, ceiling.cpuTimeMs),
    wallTimeMs: Math.min(limits.wallTimeMs, ceiling.wallTimeMs),
    memoryBytes: Math.min(limits.memoryBytes, ceiling.memoryBytes),
    outputBytes: Math.min(limits.outputBytes, ceiling.outputBytes),
    processes: Math.min(limits.processes, ceiling.processes),
  };
}
