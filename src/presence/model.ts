import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';

/** What one user does at the moment: nothing of it is stored. */
const activity = z.object({
  cursor: z.json().nullable(),
  selection: z.json().nullable(),
  typing: z.boolean(),
});
export type Activity = z.output<typeof activity>;

const MAX_CHARACTERS = 1_024;

/** Its size is judged first: whatever is nested too deep to be written is too large, too. */
const smallJson = z
  .unknown()
  .refine(isSmall, { error: `must be at most ${MAX_CHARACTERS} characters of JSON`, abort: true })
  .pipe(z.json());

/** What changes of it; what is left out stays. */
export const presenceChange = z.object({
  cursor: smallJson.nullish(),
  selection: smallJson.nullish(),
  typing: z.boolean().nullish(),
});
export type PresenceChange = z.output<typeof presenceChange>;

const userPresence = activity.extend({
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

export const presenceMessages = [
  /** Everybody whose connections an instance holds in a session; a later version replaces an earlier one. */
  z.object({
    kind: z.literal('presence'),
    instance: z.string(),
    version: z.int(),
    sessionId: z.string(),
    users: z.array(userPresence),
  }),
  /** A change for the instance that holds the connection. */
  z.object({
    kind: z.literal('presenceChange'),
    sessionId: z.string(),
    userId: z.string(),
    change: presenceChange,
  }),
  /** An instance has started and knows nobody. */
  z.object({ kind: z.literal('presenceAsked') }),
] as const;
export type PresenceMessage = z.output<(typeof presenceMessages)[number]>;

export const IDLE: Activity = { cursor: null, selection: null, typing: false };

/** The activity after a change. Throws InvalidInputError when it is too large. */
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
