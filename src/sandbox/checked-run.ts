import type { Outcome, Run } from './sandbox.ts';
import { startFailure } from './start-failure.ts';

/** The time that the compiler gets to start, on top of the time limit. It loads its libraries for each program. */
export const COMPILER_START_MS = 500;

/**
 * Checks the types of a program in a process of its own, then runs it in another one if they have no error. Both
 * together have one time limit.
 */
export class CheckedRun implements Run {
  readonly outcome: Promise<Outcome>;
  #current: Run;
  /** The stdin of the program, which has not started; null since then. */
  #early: ((program: Run) => void)[] | null = [];
  #cancelled = false;

  /** `startProgram` gets the milliseconds of the time limit that are gone. */
  constructor(check: Run, startProgram: (spentMs: number) => Run) {
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

  async #finish(startProgram: (spentMs: number) => Run): Promise<Outcome> {
    const checked = await this.#current.outcome;
    if (checked.verdict !== 'SUCCEEDED') return checked;
    try {
      this.#current = startProgram(Math.max(0, checked.executionTime - COMPILER_START_MS));
    } catch (error) {
      return startFailure(error);
    }
    for (const pass of this.#early ?? []) pass(this.#current);
    this.#early = null;
    if (this.#cancelled) this.#current.cancel();
    return this.#current.outcome;
  }
}
