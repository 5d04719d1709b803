type Start = () => void;

interface Lane {
  /** In order of coming. */
  readonly waiting: Start[];
  running: number;
}

/** Those who wait, by lane. The next is of the lane with the fewest running; among equals they take turns. */
export class Lanes {
  /** In order of their turn: a lane that is served goes to the end. */
  readonly #lanes = new Map<string, Lane>();
  #waiting = 0;

  /** How many wait, over all lanes. */
  get waiting(): number {
    return this.#waiting;
  }

  waitingIn(key: string): number {
    return this.#lanes.get(key)?.waiting.length ?? 0;
  }

  add(key: string, start: Start): void {
    const lane = this.#lanes.get(key) ?? { waiting: [], running: 0 };
    this.#lanes.set(key, lane);
    lane.waiting.push(start);
    this.#waiting += 1;
  }

  /** Takes one out before its turn; false when it is not waiting. */
  remove(key: string, start: Start): boolean {
    const lane = this.#lanes.get(key);
    const index = lane?.waiting.indexOf(start) ?? -1;
    if (!lane || index < 0) return false;
    lane.waiting.splice(index, 1);
    this.#waiting -= 1;
    this.#forgetEmpty(key, lane);
    return true;
  }

  /** Takes out the next, which counts as running until its lane is freed of it. */
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
    this.#waiting -= 1;
    return lane.waiting.shift();
  }

  /** One of the lane has ended. */
  free(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane) return;
    lane.running -= 1;
    this.#forgetEmpty(key, lane);
  }

  #forgetEmpty(key: string, { waiting, running }: Lane): void {
    if (waiting.length === 0 && running === 0) this.#lanes.delete(key);
  }
}
