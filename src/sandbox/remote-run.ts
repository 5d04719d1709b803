import type { SupervisorRequest } from './messages.ts';
import { NOT_STARTED, type Outcome, type OutputChunk, type Run, STDIN_LIMIT_BYTES } from './sandbox.ts';

const LOST: Outcome = { ...NOT_STARTED, error: 'The sandbox ended while the program ran' };

/** The server's side of a run: sends requests to the supervisor, which runs the program, and gets its events. */
export class RemoteRun implements Run {
  readonly outcome: Promise<Outcome>;
  /** Passes output from the supervisor on. */
  readonly deliver: (chunk: OutputChunk) => void;
  #resolveOutcome: (outcome: Outcome) => void = () => {};
  readonly #id: number;
  readonly #send: (request: SupervisorRequest) => void;
  #stdinOpen = true;
  #stdinBytes = 0;

  constructor(
    id: number,
    send: (request: SupervisorRequest) => void,
    onOutput: (chunk: OutputChunk) => void,
  ) {
    this.#id = id;
    this.#send = send;
    this.deliver = onOutput;
    this.outcome = new Promise((resolve) => {
      this.#resolveOutcome = resolve;
    });
  }

  writeStdin(text: string): boolean {
    const bytes = this.#stdinBytes + Buffer.byteLength(text);
    if (!this.#stdinOpen || bytes > STDIN_LIMIT_BYTES) return false;
    this.#stdinBytes = bytes;
    this.#send({ type: 'stdin', id: this.#id, text });
    return true;
  }

  endStdin(): void {
    if (!this.#stdinOpen) return;
    this.#stdinOpen = false;
    this.#send({ type: 'endStdin', id: this.#id });
  }

  cancel(): void {
    this.#send({ type: 'cancel', id: this.#id });
  }

  /** Resolves `outcome`. */
  end(outcome: Outcome): void {
    this.#stdinOpen = false;
    this.#resolveOutcome(outcome);
  }

  /** Ends the run with SANDBOX_ERROR because the supervisor has died, and the program with it. */
  lose(): void {
    this.end(LOST);
  }
}
