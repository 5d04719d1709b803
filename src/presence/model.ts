import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';

/** What one user does at the moment. It is never stored. */
const activity = z.object({
  cursor: z.json().nullable(),
  selection: z.json().nullable(),
  typing: z.boolean(),
});
export type Activity = z.output<typeof activity>;

const MAX_CHARACTERS = 1_024;

/** The size is judged first, because JSON that is nested too deep to be parsed is too large, too. */
const smallJson = z
  .unknown()
  .refine(isSmall, { error: `must be at most ${MAX_CHARACTERS} characters of JSON`, abort: true })
  .pipe(z.json());

/** A change of what a user does. A field that is left out stays as it was. */
export const presenceChange = z.object({
  cursor: smallJson.nullish(),
  selection: smallJson.nullish(),
  typing: z.boolean().nullish(),
});
export type PresenceChange = z.output<typeof presenceChange>;

export const userPresence = activity.extend({
  userId: z.string(),
  /** When it changed, by the clock of the instance that holds the connection. */
  at: z.number(),
});
export type UserPresence = z.output<typeof userPresence>;

/** Who is online in a session. */
export interface SessionPresence {
  readonly sessionId: string;
  readonly users: readonly UserPresence[];
}

export const IDLE: Activity = { cursor: null, selection: null, typing: false };

/** Returns the activity after a change. Throws InvalidInputError when it is too large. */
export function applyChange(before: Activity, change: PresenceChange): Activity {
  const after = {
    cursor: change.cursor === undefined ? before.cursor : change.cursor,
    selection: change.selection === undefined ? before.selection : change.selection,
    typing: change.typing ?? before.typing,
  };
  if (!isSmall(after)) {
    const field = change.selection ? 'selection' : 'cursor';
    throw new InvalidInputError(
      field,
      `cursor and selection must be at most ${MAX_CHARACTERS} characters of JSON`,
    );
  }
  return after;
}

function isSmall(value: unknown): boolean {
  try {
    return JSON.stringify(value).length <= MAX_CHARACTERS;
  } catch {
    return false;
  }
}
