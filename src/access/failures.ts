import { LRUCache } from 'lru-cache';
import { TooManyFailuresError, UnauthenticatedError } from '../errors.ts';

const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Beyond them, the address that has failed longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/** The failures of one address in the minute that began with the first. */
interface Window {
  count: number;
  readonly until: number;
}

/** Slows guessing: counts the credentials that were not valid, by client address. What is valid is not slowed. */
export class Failures {
  readonly #windows = new LRUCache<string, Window>({ max: MAX_ADDRESSES });

  /** Counts a failure of this address. Throws TooManyFailuresError after ten in a minute. */
  count(address: string): void {
    const now = Date.now();
    const known = this.#windows.get(address);
    const window = known && known.until > now ? known : { count: 0, until: now + WINDOW_MS };
    if (window.count === MAX_FAILURES)
      throw new TooManyFailuresError(Math.ceil((window.until - now) / 1_000));
    window.count += 1;
    this.#windows.set(address, window);
  }

  /** Returns what is valid. Throws UnauthenticatedError, or TooManyFailuresError, for null. */
  check<Valid>(valid: Valid | null, address: string): Valid {
    if (valid !== null) return valid;
    this.count(address);
    throw new UnauthenticatedError();
  }
}
