import { setTimeout } from 'node:timers/promises';
import { isConflict } from './errors.ts';

const MAX_ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 50;

/** Runs a transaction again when the database ended it in favour of another one, a bounded number of times. */
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
