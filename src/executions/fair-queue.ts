type Start = () => void;

interface Lane {
  /** In order of coming. */
  readonly waiting: Start[];
  running: number;
}

/**
 * The waiting programs, by lane: a lane for each session. The next to run is of the lane with the fewest
 * running; lanes with equally many take turns.
 */
export class FairQueue {
  /** In order of their turn: a lane that was served goes to the end. */
  readonly #lanes = new Map<string, Lane>();
  #size = 0;

  /** How many wait, over all lanes. */
  get size(): number {
    return this.#size;
  }

  waitingIn(key: string): number {
    return this.#lanes.get(key)?.waiting.length ?? 0;
  }

  add(key: string, start: Start): void {
    const lane = this.#lanes.get(key) ?? { waiting: [], running: 0 };
    this.#lanes.set(key, lane);
    lane.waiting.push(start);
    this.#size += 1;
  }

  /** Removes one that waits. Returns false when it does not. */
  remove(key: string, start: Start): boolean {
    const lane = this.#lanes.get(key);
    const index = lane?.waiting.indexOf(start) ?? -1;
    if (!lane || index < 0) return false;
    lane.waiting.splice(index, 1);
    this.#size -= 1;
    this.#forgetEmpty(key, lane);
    return true;
  }

  /** Removes and returns the next. It counts as running in its lane until `end` is called. */
  takeNext(): Start | undefined {
    let best: [string, Lane] | undefined;
    for (const [key, lane] of this.#lanes) {
      if (lane.waiting.length > 0 && lane.running < (best?.[1].running ?? Number.POSITIVE_INFINITY)) {
        best = [key, lane];
      }
    }
    if (!best) return undefined;
    const [key, lane] = best;
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    lane.running += 1;
    this.#size -= 1;
    return lane.waiting.shift();
  }

  /** Counts one of the lane as ended. */
  end(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane) return;
    lane.running -= 1;
    this.#forgetEmpty(key, lane);
  }

  #forgetEmpty(key: string, { waiting, running }: Lane): void {
    if (waiting.length === 0 && running === 0) this.#lanes.delete(key);
  }
}
