import { setTimeout } from 'node:timers/promises';
import type { ExecutionPermit, Permit } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import { AppError } from '../errors.ts';
import type { LazyAbort } from '../transport/client-gone.ts';
import { ExecutionQueue, type Place } from './execution-queue.ts';
import { Job, type JobPlan } from './job.ts';
import type { Execution, Finished } from './model.ts';
import { recordQueued } from './store.ts';

/** The lane of programs that are run outside a session. */
const NO_SESSION = '';

const SHUTTING_DOWN = 'Cancelled: the server is shutting down';

/** The executions that this instance has in flight. */
export class ExecutionRunner {
  readonly #jobs = new Map<string, { job: Job; done: Promise<Finished> }>();
  /** The ids of the executions that are being stored and have no job yet. */
  readonly #starting = new Set<string>();
  readonly #queue: ExecutionQueue;
  #closing = false;

  constructor(maxRunning: number, maxQueued: number) {
    this.#queue = new ExecutionQueue(maxRunning, maxQueued);
  }

  /** Whether no new work is taken. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Takes a place in the queue. Throws TooManyExecutionsError, and SHUTTING_DOWN. */
  reserve({ sessionId }: Permit<'RUN'> | Permit<'EXECUTE'>): Place {
    if (this.#closing) throw new AppError('SHUTTING_DOWN', 'The server is shutting down: try again');
    return this.#queue.enter(sessionId ?? NO_SESSION);
  }

  /**
   * Stores a queued execution where the plan says so, and runs it when its turn comes: `finished` settles as Job.run
   * does. `stdin` null leaves stdin open. Throws SessionNotFoundError.
   */
  async start(
    context: CommandContext,
    queued: Execution,
    plan: JobPlan,
    stdin: string | null,
  ): Promise<{ finished: Promise<Finished> }> {
    this.#starting.add(queued.id);
    try {
      if (plan.persisted) await recordQueued(context.app, queued);
      return { finished: this.#run(context, queued, plan, stdin) };
    } finally {
      this.#starting.delete(queued.id);
    }
  }

  #run(context: CommandContext, queued: Execution, plan: JobPlan, stdin: string | null): Promise<Finished> {
    const job = new Job(context, queued, plan);
    if (stdin !== null) job.stdin.write(stdin, true);
    const stopListening = cancelOnDeletion(context.app, job);
    const done = job.run().finally(() => {
      stopListening();
      this.#jobs.delete(queued.id);
    });
    this.#jobs.set(queued.id, { job, done });
    if (this.#closing) job.cancel(SHUTTING_DOWN);
    // Others may see an execution that is stored already, and wait for it.
    if (!plan.persisted) cancelOnAbort(context.gone, job);
    return done;
  }

  /** The execution of the permit, where it is in flight here and others can see it. */
  find({ executionId }: ExecutionPermit<'RUN'>): Job | undefined {
    return this.#find(executionId);
  }

  /** The ids of the executions that are in flight here and that others can see. */
  ids(): string[] {
    return [...this.#jobs.keys()].filter((id) => this.#find(id));
  }

  /** Whether this instance takes care of an execution: from before its row is stored until its job has ended. */
  holds(id: string): boolean {
    return this.#starting.has(id) || this.#jobs.has(id);
  }

  #find(id: string): Job | undefined {
    const job = this.#jobs.get(id)?.job;
    return job?.persisted ? job : undefined;
  }

  /**
   * Takes no new work, cancels what waits, and what still runs after the grace time. Resolves when the ends
   * are recorded.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const { job } of this.#jobs.values()) {
      if (job.execution.status === 'QUEUED') job.cancel(SHUTTING_DOWN);
    }
    const graceOver = new AbortController();
    const grace = setTimeout(graceMs, undefined, { signal: graceOver.signal }).catch(() => {});
    await Promise.race([this.#allDone(), grace]);
    graceOver.abort();
    for (const { job } of this.#jobs.values()) job.cancel(SHUTTING_DOWN);
    await this.#allDone();
  }

  /** Waits also for jobs that come while it waits. */
  async #allDone(): Promise<void> {
    while (this.#jobs.size > 0) {
      await Promise.allSettled([...this.#jobs.values()].map(({ done }) => done));
    }
  }
}

function cancelOnAbort(gone: LazyAbort | undefined, job: Job): void {
  const cancel = () => job.cancel('Cancelled: the client has gone');
  if (gone?.isAborted) cancel();
  else gone?.signal.addEventListener('abort', cancel, { once: true });
}

function cancelOnDeletion({ states }: AppContext, job: Job): () => void {
  const { sessionId } = job.execution;
  if (sessionId === null) return () => {};
  return states.broadcaster.listen(sessionId, {
    onEntry: ({ isLast }) => {
      if (isLast) job.cancel('Cancelled: the session was deleted');
    },
  });
}
