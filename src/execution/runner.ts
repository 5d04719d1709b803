import { setTimeout } from 'node:timers/promises';
import type { AppContext } from '../context.ts';
import type { Execution } from '../database/generated/client.ts';
import { AppError } from '../errors.ts';
import { Flight, type FlightPlan } from './flight.ts';
import type { Finished } from './model.ts';
import { ExecutionQueue, type Ticket } from './queue.ts';

/** The lane of programs that are run outside a session. */
const NO_SESSION = '';

const SHUTTING_DOWN = 'Cancelled: the server is shutting down';

/** Knows the executions that this instance has in flight. */
export class ExecutionRunner {
  readonly #flights = new Map<string, { flight: Flight; landed: Promise<Finished> }>();
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
  reserve(sessionId: string | null): Ticket {
    if (this.#closing) throw new AppError('SHUTTING_DOWN', 'The server is shutting down: try again');
    return this.#queue.enter(sessionId ?? NO_SESSION);
  }

  /** Runs a queued execution when its turn comes; rejects as `fly` does. `stdin` null leaves it open. */
  start(app: AppContext, queued: Execution, plan: FlightPlan, stdin: string | null): Promise<Finished> {
    const flight = new Flight(app, queued, plan);
    if (stdin !== null) flight.stdin.write(stdin, true);
    const stopListening = cancelOnDeletion(app, flight);
    const landed = flight.fly().finally(() => {
      stopListening();
      this.#flights.delete(queued.id);
    });
    this.#flights.set(queued.id, { flight, landed });
    if (this.#closing) flight.cancel(SHUTTING_DOWN);
    return landed;
  }

  /** The execution with this id, where it is in flight here and others can see it. */
  find(id: string): Flight | undefined {
    const flight = this.#flights.get(id)?.flight;
    return flight?.visible ? flight : undefined;
  }

  /** The ids of what is in flight here and others can see. */
  ids(): string[] {
    return [...this.#flights.keys()].filter((id) => this.find(id));
  }

  /**
   * Takes no new work, cancels what waits, and what still runs after the grace time. Resolves when the ends
   * are recorded.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const { flight } of this.#flights.values()) {
      if (flight.execution.status === 'QUEUED') flight.cancel(SHUTTING_DOWN);
    }
    const graceOver = new AbortController();
    const grace = setTimeout(graceMs, undefined, { signal: graceOver.signal }).catch(() => {});
    await Promise.race([this.#allLanded(), grace]);
    graceOver.abort();
    for (const { flight } of this.#flights.values()) flight.cancel(SHUTTING_DOWN);
    await this.#allLanded();
  }

  /** Also what has come while it waited. */
  async #allLanded(): Promise<void> {
    while (this.#flights.size > 0) {
      await Promise.allSettled([...this.#flights.values()].map(({ landed }) => landed));
    }
  }
}

function cancelOnDeletion(app: AppContext, flight: Flight): () => void {
  const { sessionId } = flight.execution;
  if (sessionId === null) return () => {};
  return app.events.listen(sessionId, {
    onMessage: ({ session }) => {
      if (!session) flight.cancel('Cancelled: the session was deleted');
    },
    onClose: () => {},
    isIdle: () => true,
  });
}
