/**
 * Runs tasks of one key one after the other, and those of different keys side by side. The writers of a
 * session queue here instead of each holding a database connection to wait for the session's row, and
 * its events are published in the order of their commits.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const previous = this.#last.get(key) ?? Promise.resolve();
    const turn = previous.then(task, task);
    this.#last.set(key, turn);
    const leave = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(leave, leave);
    return turn;
  }
}
