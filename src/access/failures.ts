import { LRUCache } from 'lru-cache';
import { TooManyFailuresError, UnauthenticatedError } from '../errors.ts';

const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Beyond them, the address that has failed longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Slows guessing: counts the credentials that were not valid, by client address. What is valid is not slowed. */
export class Failures {
  readonly #counts = new LRUCache<string, number>({ max: MAX_ADDRESSES, ttl: WINDOW_MS });

  /** Counts a failure of this address. Throws TooManyFailuresError after ten in a minute. */
  count(address: string): void {
    const count = (this.#counts.get(address) ?? 0) + 1;
    if (count > MAX_FAILURES) {
      throw new TooManyFailuresError(Math.ceil(this.#counts.getRemainingTTL(address) / 1_000));
    }
    // The window starts with its first failure.
    this.#counts.set(address, count, { noUpdateTTL: true });
  }

  /** Returns what is valid. Throws UnauthenticatedError, or TooManyFailuresError, for null. */
  check<Valid>(valid: Valid | null, address: string): Valid {
    if (valid !== null) return valid;
    this.count(address);
    throw new UnauthenticatedError();
  }
}
