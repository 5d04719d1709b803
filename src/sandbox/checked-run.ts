import { NOT_STARTED, type Outcome, type Run } from './sandbox.ts';

/** Checks the types of a program in a process of its own, then runs it in another one if they have no error. */
export class CheckedRun implements Run {
  readonly outcome: Promise<Outcome>;
  #current: Run;
  /** The stdin of the program, which has not started; null since then. */
  #early: ((program: Run) => void)[] | null = [];
  #cancelled = false;

  constructor(check: Run, startProgram: () => Run) {
    this.#current = check;
    this.outcome = this.#finish(startProgram);
  }

  writeStdin(text: string): boolean {
    if (!this.#early) return this.#current.writeStdin(text);
    this.#early.push((program) => program.writeStdin(text));
    return true;
  }

  endStdin(): void {
    if (!this.#early) this.#current.endStdin();
    else this.#early.push((program) => program.endStdin());
  }

  cancel(): void {
    this.#cancelled = true;
    this.#current.cancel();
  }

  async #finish(startProgram: () => Run): Promise<Outcome> {
    const checked = await this.#current.outcome;
    if (checked.verdict !== 'SUCCEEDED') return checked;
    try {
      this.#current = startProgram();
    } catch (error) {
      // The host has no process id or no memory left.
      process.stderr.write(`A program could not be started: ${error}\n`);
      return NOT_STARTED;
    }
    for (const pass of this.#early ?? []) pass(this.#current);
    this.#early = null;
    if (this.#cancelled) this.#current.cancel();
    return this.#current.outcome;
  }
}
