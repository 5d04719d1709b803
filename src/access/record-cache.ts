import { LRUCache } from 'lru-cache';
import { Batcher } from '../batcher.ts';

/** How old what is kept may be: a change that no message tells is known this much later. */
export const MAX_AGE_MS = 400;
/**
 * A record may be kept so much longer. The cache sets a timer for each step, and with one each millisecond the timers took
 * as long as the rest of a look.
 */
const AGE_STEP_MS = 20;
const MAX_RECORDS = 10_000;
/** How many records are read with one statement. */
const LARGEST_READ = 500;

/** Reads the records of these ids that exist. */
type ReadRecords<Value> = (ids: readonly string[]) => Promise<readonly Value[]>;

/** Records of the database that were read lately, for a moment, so that a burst of requests costs one look. */
export class RecordCache<Value extends { readonly id: string }> {
  readonly #kept = new LRUCache<string, Value>({ max: MAX_RECORDS, ttlResolution: AGE_STEP_MS });
  readonly #reads: Batcher<string, Value | null>;
  /** Raised whenever something changed: what was read before must not be kept. */
  #version = 0;

  constructor(read: ReadRecords<Value>, maxAgeMs = MAX_AGE_MS) {
    this.#reads = new Batcher((ids) => {
      const [version, since] = [this.#version, performance.now()];
      const records = read([...new Set(ids)]).then((found) => new Map(found.map((each) => [each.id, each])));
      return async (id) => {
        const record = (await records).get(id) ?? null;
        const ttl = maxAgeMs - (performance.now() - since);
        if (record && ttl > 0 && version === this.#version) this.#kept.set(id, record, { ttl });
        return record;
      };
    }, LARGEST_READ);
  }

  /** Returns the record that was read a moment ago; undefined where none was. */
  kept(id: string): Value | undefined {
    return this.#kept.get(id);
  }

  /** Returns the record as it is or was a moment ago; null when there is none. */
  find(id: string): Value | Promise<Value | null> {
    return this.kept(id) ?? this.#reads.run(id);
  }

  /** Returns the record as it is; null when there is none. */
  read(id: string): Promise<Value | null> {
    return this.#reads.run(id);
  }

  /** Call it when records have changed: those of which `isChanged` says so are read again. */
  forget(isChanged: (record: Value) => boolean): void {
    this.#version += 1;
    for (const [id, record] of this.#kept.entries()) if (isChanged(record)) this.#kept.delete(id);
  }
}
