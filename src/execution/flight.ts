import type { AppContext } from '../context.ts';
import type { Execution } from '../database/generated/client.ts';
import { retryWhileAway } from '../database/retry.ts';
import { ExecutionNotRunningError } from '../errors.ts';
import { LANGUAGE_NAMES } from '../languages.ts';
import { type Limits, NOT_STARTED, type Outcome, type Run } from '../sandbox/sandbox.ts';
import { storeChunks } from './chunks.ts';
import { publishChunks, publishEnd } from './live.ts';
import type { Finished } from './model.ts';
import { type Chunk, Output } from './output.ts';
import type { Ticket } from './queue.ts';
import { recordStep, recordWhole } from './record.ts';
import { Stdin } from './stdin.ts';

/** What a program is run with, beside what its Execution says. */
export interface FlightPlan {
  readonly limits: Limits;
  readonly ticket: Ticket;
  /** Others can see it before it has ended: it is stored already, and each of its steps is to be. */
  readonly visible: boolean;
}

/** The largest whole number that the database and GraphQL hold. */
const MAX_INT = 2 ** 31 - 1;

/** One execution on its way from QUEUED over RUNNING to its verdict, each step recorded. */
export class Flight {
  readonly stdin = new Stdin();
  readonly #app: AppContext;
  readonly #plan: FlightPlan;
  readonly #output: Output;
  #execution: Execution;
  #run: Run | null = null;
  /** Why it is being ended, for people. */
  #cancelled: string | null = null;

  constructor(app: AppContext, queued: Execution, plan: FlightPlan) {
    this.#app = app;
    this.#execution = queued;
    this.#plan = plan;
    this.#output = new Output((chunks) => this.#store(chunks));
  }

  /** As it is now. */
  get execution(): Execution {
    return this.#execution;
  }

  get visible(): boolean {
    return this.#plan.visible;
  }

  /** Ends it with CANCELLED, wherever it is; the first reason stays. */
  cancel(reason: string): void {
    this.#cancelled ??= reason;
    if (this.#run) this.#run.cancel();
    else this.#plan.ticket.leave();
  }

  /**
   * Runs it when its turn comes and answers it as it ended, which another instance may have decided.
   * Rejects with SessionNotFoundError when its session was deleted meanwhile.
   */
  async fly(): Promise<Finished> {
    try {
      await this.#plan.ticket.turn;
      if (this.#cancelled === null) await this.#start();
      const outcome = this.#cancelled === null ? await this.#runProgram() : CANCELLED_EARLY;
      this.stdin.finish();
      this.#plan.ticket.leave();
      await this.#output.flush();
      await this.#finish(outcome);
      return { execution: this.#execution, limit: outcome.limit };
    } catch (error) {
      if (!(error instanceof ExecutionNotRunningError)) throw error;
      const execution = await this.#app.db.execution.findUniqueOrThrow({ where: { id: this.#execution.id } });
      return { execution, limit: null };
    } finally {
      this.#plan.ticket.leave();
      if (this.visible) publishEnd(this.#app, this.#execution.id, this.#output.seq);
    }
  }

  async #start(): Promise<void> {
    this.#execution = { ...this.#execution, status: 'RUNNING', startedAt: new Date() };
    if (this.visible) await this.#persist(() => recordStep(this.#app, this.#execution));
  }

  #runProgram(): Promise<Outcome> {
    const { language, code } = this.#execution;
    const program = { language: LANGUAGE_NAMES[language], code, limits: this.#plan.limits };
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
      // A program words its error, and may put into it what no text in a database holds.
      error: message?.replaceAll('\0', '\uFFFD').toWellFormed() ?? null,
      executionTime,
      memoryPeak: memoryPeak && Math.min(memoryPeak, MAX_INT),
      finishedAt: new Date(),
    };
    if (this.visible) await this.#persist(() => recordStep(this.#app, this.#execution));
    else await recordWhole(this.#app, this.#execution);
  }

  async #store(chunks: readonly Chunk[]): Promise<void> {
    if (!this.visible) return;
    const executionId = this.#execution.id;
    const rows = chunks.map((chunk) => ({ ...chunk, executionId }));
    try {
      const stored = await this.#persist(() => storeChunks(this.#app, rows));
      if (stored) publishChunks(this.#app, rows);
    } catch (err) {
      this.#app.log.error({ err, executionId }, 'Output of an execution could not be stored');
    }
  }

  /** What a program did is not lost because the database is away for a while. */
  #persist<Result>(work: () => Promise<Result>): Promise<Result> {
    return retryWhileAway(work, () => !this.#app.executions.closing);
  }
}

const CANCELLED_EARLY: Outcome = { ...NOT_STARTED, verdict: 'CANCELLED', error: null };
