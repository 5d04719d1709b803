import { type Run, STDIN_LIMIT_BYTES } from '../sandbox/sandbox.ts';
import type { StdinAnswer } from './topics.ts';

/** The standard input of one program. Holds input that comes before the program starts. */
export class Stdin {
  #run: Run | null = null;
  #held: string[] = [];
  #bytes = 0;
  #closed = false;
  #ended = false;

  /** Appends, and closes it when `end` says so. Input that is too long is not taken in part. */
  write(data: string, end: boolean): StdinAnswer {
    if (this.#ended) return 'ended';
    if (this.#closed) return 'closed';
    const bytes = this.#bytes + Buffer.byteLength(data);
    if (bytes > STDIN_LIMIT_BYTES) return 'tooMuch';
    if (!this.#run) this.#held.push(data);
    // A program may have closed it from its side.
    else if (data !== '' && !this.#run.writeStdin(data)) return 'closed';
    this.#bytes = bytes;
    this.#closed = end;
    if (end) this.#run?.endStdin();
    return 'written';
  }

  /** The program has started: gives it the input that came before. */
  attach(run: Run): void {
    this.#run = run;
    for (const data of this.#held.splice(0)) if (data !== '') run.writeStdin(data);
    if (this.#closed) run.endStdin();
  }

  /** The program has ended. */
  finish(): void {
    this.#ended = true;
    this.#held = [];
  }
}
