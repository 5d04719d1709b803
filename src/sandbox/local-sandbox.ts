import { availableParallelism } from 'node:os';
import { CheckedRun, COMPILER_START_MS } from './checked-run.ts';
import type { Enclosure } from './enclosures/enclosure.ts';
import { GuestRun } from './guest-run.ts';
import { ProcessPool, poolSizes } from './process-pool.ts';
import type { Runtime } from './runtimes/runtime.ts';
import type { Language, Limits, OutputChunk, Program, Run, Sandbox, SandboxOptions } from './sandbox.ts';
import type { Workspace } from './workspace.ts';

/** The components of a sandbox. */
export interface SandboxParts {
  workspace: Workspace;
  enclosure: Enclosure;
  runtimes: readonly Runtime[];
}

/** A process that loads competes with running programs for the processor, so refilling the pool waits a little. */
const REFILL_DELAY_MS = 300;

/** Runs programs in child processes of this process. The pools are empty until `refill` is called. */
export class LocalSandbox implements Sandbox {
  readonly kind;
  readonly languages;
  readonly protections;
  readonly #parts: SandboxParts;
  readonly #ceiling: Limits;
  readonly #pools = new Map<Language, ProcessPool>();
  readonly #running = new Set<Run>();
  #refillTimer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(parts: SandboxParts, { waiting, waitingBytes, ceiling }: SandboxOptions) {
    const { enclosure, runtimes } = parts;
    this.kind = enclosure.kind;
    this.protections = enclosure.protections;
    this.languages = runtimes.flatMap(({ languages, name, version, packages }) =>
      languages.map((language) => ({ language, runtime: name, version, packages })),
    );
    this.#parts = parts;
    this.#ceiling = ceiling;
    for (const [runtime, size] of poolSizes(runtimes, waiting, waitingBytes)) {
      const pool = new ProcessPool(runtime, enclosure, size);
      for (const language of runtime.languages) this.#pools.set(language, pool);
    }
  }

  /** Throws when no runtime has the language, or when the host cannot start a process. */
  run(program: Program, onOutput: (chunk: OutputChunk) => void): Run {
    const start = (spentMs?: number) => this.start(program, onOutput, spentMs);
    return program.typeCheck
      ? this.#track(new CheckedRun(this.#checkTypes(program, onOutput), start))
      : start();
  }

  /** Starts the program without checking its types, with a part of its time gone. Throws as `run` does. */
  start(program: Program, onOutput: (chunk: OutputChunk) => void, spentMs = 0): GuestRun {
    const pool = this.#pools.get(program.language);
    if (!pool) throw new Error(`Nothing runs ${program.language}`);
    const limits = clampLimits(program.limits, this.#ceiling);
    const run = new GuestRun(pool.take(), { ...program, limits }, onOutput, spentMs);
    run.started.then(() => this.#scheduleRefill());
    return this.#track(run);
  }

  /** Lets `close` cancel the run, and fills the pools when the last one has ended. */
  #track<OneRun extends Run>(run: OneRun): OneRun {
    this.#running.add(run);
    run.outcome.then(() => {
      this.#running.delete(run);
      if (this.#running.size === 0) this.refill();
    });
    return run;
  }

  #checkTypes(program: Program, onOutput: (chunk: OutputChunk) => void): GuestRun {
    const { runtimes, enclosure } = this.#parts;
    const command = runtimes.find(({ languages }) => languages.includes(program.language))?.typeChecker;
    if (!command) throw new Error(`Nothing checks the types of ${program.language}`);
    const limits = clampLimits(program.limits, this.#ceiling);
    // The compiler needs memory and threads that the program may not have. The program cannot start any.
    const own = { memoryBytes: this.#ceiling.memoryBytes, processes: Number.MAX_SAFE_INTEGER };
    const checked = { ...program, limits: { ...limits, ...own } };
    return new GuestRun(enclosure.start(command), checked, onOutput, -COMPILER_START_MS);
  }

  /** Starts the processes that are missing from the pools. */
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

  /** Refills after a delay if a core is free then: other programs get warm processes even beside a long program. */
  #scheduleRefill(): void {
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = undefined;
      if (this.#running.size < availableParallelism()) this.refill();
    }, REFILL_DELAY_MS);
  }
}

function clampLimits(limits: Limits, ceiling: Limits): Limits {
  return {
    cpuTimeMs: Math.min(limits.cpuTimeMs, ceiling.cpuTimeMs),
    wallTimeMs: Math.min(limits.wallTimeMs, ceiling.wallTimeMs),
    memoryBytes: Math.min(limits.memoryBytes, ceiling.memoryBytes),
    outputBytes: Math.min(limits.outputBytes, ceiling.outputBytes),
    processes: Math.min(limits.processes, ceiling.processes),
  };
}
