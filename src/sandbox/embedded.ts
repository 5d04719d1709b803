import { findDeno } from './deno.ts';
import { javascriptRuntime } from './javascript.ts';
import { createLeash } from './leash.ts';
import { Pool } from './pool.ts';
import { pythonRuntime } from './python.ts';
import { GuestRun } from './run.ts';
import type { Language, OutputChunk, Program, Run, Sandbox } from './sandbox.ts';
import { createWorkspace } from './workspace.ts';

export interface EmbeddedSandboxOptions {
  /** Processes that wait for a program, for each runtime. */
  poolSize?: number;
  /** The most memory that any program may be given, in bytes. */
  memoryBytes?: number;
}

/** A process that loads competes with programs for the processor, so its replacement waits a little. */
const REFILL_DELAY_MS = 300;

/**
 * A sandbox that needs npm alone: every program runs in a Deno process of its own that holds no permission.
 */
export async function createEmbeddedSandbox(options: EmbeddedSandboxOptions = {}): Promise<Sandbox> {
  const { poolSize = 1, memoryBytes = 512 * 2 ** 20 } = options;
  let closing = false;
  const deno = findDeno();
  const workspace = await createWorkspace(deno.file);
  const javascript = javascriptRuntime(deno.version, workspace, memoryBytes);
  const python = await pythonRuntime(workspace, memoryBytes);
  const leash = await createLeash();
  const javascriptPool = new Pool(javascript, leash, poolSize);
  const pythonPool = new Pool(python, leash, poolSize);
  const pools: Record<Language, Pool> = {
    javascript: javascriptPool,
    typescript: javascriptPool,
    python: pythonPool,
  };
  const running = new Set<Run>();
  let refillTimer: NodeJS.Timeout | undefined;

  function refill(): void {
    clearTimeout(refillTimer);
    refillTimer = undefined;
    javascriptPool.refill();
    pythonPool.refill();
  }

  function run(program: Program, onOutput: (chunk: OutputChunk) => void): Run {
    const limits = { ...program.limits, memoryBytes: Math.min(program.limits.memoryBytes, memoryBytes) };
    const started = new GuestRun(pools[program.language].take(), { ...program, limits }, onOutput);
    running.add(started);
    started.started.then(() => {
      if (!closing) refillTimer ??= setTimeout(refill, REFILL_DELAY_MS);
    });
    started.outcome.then(() => {
      running.delete(started);
      if (running.size === 0 && !closing) refill();
    });
    return started;
  }

  async function close(): Promise<void> {
    closing = true;
    clearTimeout(refillTimer);
    for (const active of running) active.cancel();
    await Promise.all([...running].map((active) => active.outcome));
    await Promise.all([javascriptPool.close(), pythonPool.close()]);
    await workspace.remove();
  }

  return {
    kind: 'embedded',
    languages: [javascript, python].flatMap(({ languages, name, version }) =>
      languages.map((language) => ({ language, runtime: name, version })),
    ),
    run,
    close,
  };
}
