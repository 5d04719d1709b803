/** Runs tasks of one key one after the other, in order of their calls, and tasks of different keys side by side. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the task when every earlier task of its key has settled. Settles as the task does. */
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const previous = this.#last.get(key) ?? Promise.resolve();
    const done = previous.then(task, task);
    this.#last.set(key, done);
    const release = () => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(release, release);
    return done;
  }
}
