import { setTimeout } from 'node:timers/promises';
import { isConflict, isUnavailable } from './errors.ts';

const MAX_ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 50;

/** Runs a transaction, and again when the database ended it in favour of another one, at most ten times. */
export async function retryConflicts<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isConflict(error)) throw error;
      await setTimeout(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}

const AWAY_POLL_MS = 1_000;

/** Runs `work`, and again each second while the database is away and `goOn` returns true. */
export async function retryWhileAway<Result>(
  work: () => Promise<Result>,
  goOn: () => boolean,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || !goOn()) throw error;
      await setTimeout(AWAY_POLL_MS);
    }
  }
}
