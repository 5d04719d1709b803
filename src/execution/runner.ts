import type { AppContext } from '../context.ts';
import type { Execution } from '../database/generated/client.ts';
import { changeSession } from '../events/change.ts';
import { LANGUAGE_NAMES } from '../languages.ts';
import type { Outcome, Run } from '../sandbox/sandbox.ts';
import { DEFAULT_TIMEOUT_MS } from './model.ts';
import { ExecutionQueue, type Ticket } from './queue.ts';

/** What a program is run with, beside what its Execution says. */
export interface RunOptions {
  /** What stdin holds before it is closed; null leaves it open. */
  stdin: string | null;
  timeoutMs: number | null;
}

/** An execution that has not ended. */
interface InFlight {
  execution: Execution;
  cancelled: boolean;
  run: Run | null;
  readonly ticket: Ticket;
  finished: Promise<Execution>;
}

/** Takes executions from QUEUED over RUNNING to their verdict, and records each step. */
export class ExecutionRunner {
  readonly #inFlight = new Map<string, InFlight>();
  readonly #queue: ExecutionQueue;

  constructor(maxRunning: number, maxQueued: number) {
    this.#queue = new ExecutionQueue(maxRunning, maxQueued);
  }

  /** Takes a place in the queue. Throws TooManyExecutionsError. */
  reserve(): Ticket {
    return this.#queue.enter();
  }

  /**
   * Runs a queued execution when its turn comes; answers it as it ended. Rejects with SessionNotFoundError
   * when its session was deleted meanwhile.
   */
  start(app: AppContext, queued: Execution, options: RunOptions, ticket: Ticket): Promise<Execution> {
    const entry: InFlight = {
      execution: queued,
      cancelled: false,
      run: null,
      ticket,
      finished: Promise.resolve(queued),
    };
    this.#inFlight.set(queued.id, entry);
    const stopListening = cancelOnDeletion(app, entry, () => this.cancel(queued.id));
    entry.finished = this.#run(app, entry, options).finally(() => {
      ticket.leave();
      stopListening();
      this.#inFlight.delete(queued.id);
    });
    return entry.finished;
  }

  /** Ends an execution with CANCELLED; answers it as it is now, or null when it is not in flight. */
  cancel(id: string): Execution | null {
    const entry = this.#inFlight.get(id);
    if (!entry) return null;
    entry.cancelled = true;
    if (entry.run) entry.run.cancel();
    else entry.ticket.leave();
    return entry.execution;
  }

  /** Cancels everything, and resolves when the ends are recorded. */
  async close(): Promise<void> {
    const entries = [...this.#inFlight.values()];
    for (const { execution } of entries) this.cancel(execution.id);
    await Promise.allSettled(entries.map((entry) => entry.finished));
  }

  async #run(app: AppContext, entry: InFlight, options: RunOptions): Promise<Execution> {
    await entry.ticket.turn;
    if (!entry.cancelled) await this.#recordStart(app, entry);
    if (entry.cancelled) return this.#finish(app, entry, CANCELLED_EARLY, '', '');

    const output = { stdout: '', stderr: '' };
    const run = app.sandbox.run(toProgram(app, entry.execution, options), ({ stream, text }) => {
      // PostgreSQL's text has no NUL.
      output[stream] += text.replaceAll('\0', '\uFFFD');
    });
    entry.run = run;
    if (options.stdin !== null) {
      run.writeStdin(options.stdin);
      run.endStdin();
    }
    return this.#finish(app, entry, await run.outcome, output.stdout, output.stderr);
  }

  async #recordStart(app: AppContext, entry: InFlight): Promise<void> {
    entry.execution = { ...entry.execution, status: 'RUNNING', startedAt: new Date() };
    await record(app, entry.execution, 'ExecutionStarted');
  }

  async #finish(
    app: AppContext,
    entry: InFlight,
    outcome: Outcome,
    stdout: string,
    stderr: string,
  ): Promise<Execution> {
    const { verdict, limit: _, droppedBytes, ...rest } = outcome;
    entry.execution = {
      ...entry.execution,
      ...rest,
      truncated: droppedBytes > 0,
      status: verdict,
      stdout,
      stderr,
      finishedAt: new Date(),
    };
    await record(app, entry.execution, 'ExecutionFinished');
    return entry.execution;
  }
}

const CANCELLED_EARLY: Outcome = {
  verdict: 'CANCELLED',
  exitCode: null,
  error: 'Cancelled before it started',
  executionTime: 0,
  memoryPeak: null,
  limit: null,
  droppedBytes: 0,
};

function toProgram({ config }: AppContext, { language, code }: Execution, { timeoutMs }: RunOptions) {
  return {
    language: LANGUAGE_NAMES[language],
    code,
    limits: {
      cpuTimeMs: config.CPU_LIMIT,
      wallTimeMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      memoryBytes: config.MEMORY_LIMIT,
      outputBytes: config.OUTPUT_LIMIT,
      processes: config.PROCESS_LIMIT,
    },
  };
}

/** Writes the execution; inside a session that is a change of the session with an event. */
async function record(
  app: AppContext,
  execution: Execution,
  type: 'ExecutionStarted' | 'ExecutionFinished',
): Promise<void> {
  const { id, sessionId } = execution;
  if (sessionId === null) {
    await app.db.execution.updateMany({ where: { id }, data: execution });
    return;
  }
  await changeSession(app, sessionId, async (tx) => {
    await tx.execution.updateMany({ where: { id }, data: execution });
    return { event: { type, execution }, result: undefined };
  });
}

function cancelOnDeletion(app: AppContext, { execution }: InFlight, cancel: () => void): () => void {
  if (execution.sessionId === null) return () => {};
  return app.events.listen(execution.sessionId, {
    onChange: ({ session }) => {
      if (!session) cancel();
    },
    onClose: () => {},
  });
}
