import type { Request } from './messages.ts';
import { type Outcome, type OutputChunk, type Run, STDIN_LIMIT_BYTES } from './sandbox.ts';

const LOST: Outcome = {
  verdict: 'SANDBOX_ERROR',
  exitCode: null,
  error: 'The sandbox ended while the program ran',
  limit: null,
  executionTime: 0,
  memoryPeak: null,
  droppedBytes: 0,
};

/** A run as the server sees it: what happens to it, it hears from the supervisor. */
export class RemoteRun implements Run {
  readonly outcome: Promise<Outcome>;
  readonly deliver: (chunk: OutputChunk) => void;
  #settle: (outcome: Outcome) => void = () => {};
  readonly #id: number;
  readonly #tell: (request: Request) => void;
  #open = true;
  #stdinBytes = 0;

  constructor(id: number, tell: (request: Request) => void, onOutput: (chunk: OutputChunk) => void) {
    this.#id = id;
    this.#tell = tell;
    this.deliver = onOutput;
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  writeStdin(text: string): boolean {
    const bytes = this.#stdinBytes + Buffer.byteLength(text);
    if (!this.#open || bytes > STDIN_LIMIT_BYTES) return false;
    this.#stdinBytes = bytes;
    this.#tell({ type: 'stdin', id: this.#id, text });
    return true;
  }

  endStdin(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#tell({ type: 'endStdin', id: this.#id });
  }

  cancel(): void {
    this.#tell({ type: 'cancel', id: this.#id });
  }

  end(outcome: Outcome): void {
    this.#open = false;
    this.#settle(outcome);
  }

  /** The supervisor is gone, and with it the program. */
  lose(): void {
    this.end(LOST);
  }
}
