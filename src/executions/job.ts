import { SYSTEM } from '../access/caller.ts';
import type { AppContext, CommandContext } from '../app.ts';
import { retryWhileAway } from '../database/retry.ts';
import {
  ExecutionNotFoundError,
  ExecutionNotRunningError,
  ForbiddenError,
  SessionNotFoundError,
  UnauthenticatedError,
} from '../errors.ts';
import { LANGUAGES } from '../languages.ts';
import { type Limits, NOT_STARTED, type Outcome, type Run } from '../sandbox/sandbox.ts';
import type { Place } from './execution-queue.ts';
import type { Execution, Finished } from './model.ts';
import { type Chunk, OutputJoiner } from './output-joiner.ts';
import { storeChunks } from './output-log.ts';
import { Stdin } from './stdin.ts';
import { recordStep, recordWhole } from './store.ts';
import { publishChunks, publishEnd } from './stream.ts';

/** How a program is run, beside what its Execution says. */
export interface JobPlan {
  readonly limits: Limits;
  /** Whether the types of the program are checked before it runs. */
  readonly typeCheck: boolean;
  readonly place: Place;
  /** Whether the queued execution is stored already, so that others can see it and each of its steps. */
  readonly persisted: boolean;
}

/** The largest whole number that the database and GraphQL hold. */
const MAX_INT = 2 ** 31 - 1;

/** Takes one execution from QUEUED over RUNNING to its verdict, and records each step. */
export class Job {
  readonly stdin = new Stdin();
  readonly #context: CommandContext;
  readonly #app: AppContext;
  readonly #plan: JobPlan;
  readonly #output: OutputJoiner;
  #execution: Execution;
  #run: Run | null = null;
  /** Why it is being ended, for people. */
  #cancelled: string | null = null;

  /** The caller of the context is recorded as the one who started the program. */
  constructor(context: CommandContext, queued: Execution, plan: JobPlan) {
    this.#context = context;
    this.#app = context.app;
    this.#execution = queued;
    this.#plan = plan;
    this.#output = new OutputJoiner((chunks) => this.#store(chunks));
  }

  /** As it is now. */
  get execution(): Execution {
    return this.#execution;
  }

  get persisted(): boolean {
    return this.#plan.persisted;
  }

  /** Ends it with CANCELLED, wherever it is. The first reason stays. */
  cancel(reason: string): void {
    this.#cancelled ??= reason;
    if (this.#run) this.#run.cancel();
    else this.#plan.place.release();
  }

  /**
   * Runs the program when its place is granted. Returns the execution as it ended, which another instance may
   * have decided. Throws SessionNotFoundError when its session was deleted meanwhile. Any other error that it throws
   * is recorded as SANDBOX_ERROR.
   */
  async run(): Promise<Finished> {
    try {
      const outcome = await this.#runInPlace();
      await this.#output.flush();
      await this.#finish(outcome);
      return { execution: this.#execution, limit: outcome.limit };
    } catch (error) {
      if (error instanceof ExecutionNotRunningError) return { execution: await this.#stored(), limit: null };
      if (this.persisted && !(error instanceof SessionNotFoundError)) await this.#fail();
      throw error;
    } finally {
      if (this.persisted) publishEnd(this.#app, this.#execution.id, this.#output.seq);
    }
  }

  /** Waits for the place and runs the program in it, unless it is cancelled before. Returns how it ended. */
  async #runInPlace(): Promise<Outcome> {
    try {
      await this.#plan.place.granted;
      if (this.#cancelled === null) await this.#start();
      return this.#cancelled === null ? await this.#runProgram() : CANCELLED_EARLY;
    } finally {
      this.stdin.finish();
      this.#plan.place.release();
    }
  }

  async #start(): Promise<void> {
    const running: Execution = { ...this.#execution, status: 'RUNNING', startedAt: new Date() };
    try {
      if (this.persisted) await this.#persist(() => recordStep(this.#context, running));
      this.#execution = running;
    } catch (error) {
      // While the program waited, the session was completed or locked, or who started it was demoted or has left.
      if (!(error instanceof ForbiddenError || error instanceof UnauthenticatedError)) throw error;
      this.cancel('Cancelled: programs may not be run any more');
    }
  }

  #runProgram(): Promise<Outcome> {
    const { language, code } = this.#execution;
    const { limits, typeCheck } = this.#plan;
    const program = { language: LANGUAGES[language].slug, code, limits, typeCheck };
    this.#run = this.#app.sandbox.run(program, (chunk) => this.#output.push(chunk));
    this.stdin.attach(this.#run);
    return this.#run.outcome;
  }

  async #finish({ verdict, exitCode, error, executionTime, ...outcome }: Outcome): Promise<void> {
    const message = (verdict === 'CANCELLED' ? this.#cancelled : null) ?? error;
    const { memoryPeak } = outcome;
    this.#execution = {
      ...this.#execution,
      status: verdict,
      stdout: this.#output.stdout,
      stderr: this.#output.stderr,
      droppedBytes: Math.min(outcome.droppedBytes, MAX_INT),
      exitCode,
      // A program words its error, and may put characters into it that no database stores.
      error: message?.replaceAll('\0', '\uFFFD').toWellFormed() ?? null,
      executionTime,
      memoryPeak: memoryPeak && Math.min(memoryPeak, MAX_INT),
      finishedAt: new Date(),
    };
    // The end is the server's doing, not of the user who started the program.
    const context = { app: this.#app, caller: SYSTEM };
    if (this.persisted) await this.#persist(() => recordStep(context, this.#execution));
    else await recordWhole(this.#app, this.#execution);
  }

  /** Records SANDBOX_ERROR. If that fails, too, the sweep ends the execution. */
  async #fail(): Promise<void> {
    try {
      await this.#finish(FAILED);
    } catch (err) {
      this.#app.log.warn(
        { err, executionId: this.#execution.id },
        'The end of an execution is recorded later',
      );
    }
  }

  /** Returns the execution as it is stored. Throws SessionNotFoundError when it is gone with its session. */
  async #stored(): Promise<Execution> {
    const { id, sessionId } = this.#execution;
    const stored = await this.#app.db.execution.findUnique({ where: { id } });
    if (stored) return stored;
    throw sessionId === null ? new ExecutionNotFoundError(id) : new SessionNotFoundError(sessionId);
  }

  async #store(chunks: readonly Chunk[]): Promise<void> {
    if (!this.persisted) return;
    const executionId = this.#execution.id;
    const rows = chunks.map((chunk) => ({ ...chunk, executionId }));
    try {
      const stored = await this.#persist(() => storeChunks(this.#app.db, rows));
      if (stored) publishChunks(this.#app, rows);
    } catch (err) {
      this.#app.log.error({ err, executionId }, 'Output of an execution could not be stored');
    }
  }

  /** Tries again while the database is away, so that what a program did is not lost. */
  #persist<Result>(work: () => Promise<Result>): Promise<Result> {
    return retryWhileAway(work, () => !this.#app.executions.closing);
  }
}

const CANCELLED_EARLY: Outcome = { ...NOT_STARTED, verdict: 'CANCELLED', error: null };
const FAILED: Outcome = { ...NOT_STARTED, error: 'The server could not run the program or record its end' };
