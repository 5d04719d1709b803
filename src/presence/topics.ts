import { z } from 'zod';
import type { BusTopic } from '../bus/bus.ts';
import { type PresenceChange, presenceChange, type UserPresence, userPresence } from './model.ts';

/** The users whose connections an instance holds in a session. A later version replaces an earlier one. */
export interface UsersOnline {
  readonly instance: string;
  readonly version: number;
  readonly sessionId: string;
  readonly users: UserPresence[];
}

export const usersOnline: BusTopic<UsersOnline> = {
  name: 'presence',
  schema: z.object({
    instance: z.string(),
    version: z.int(),
    sessionId: z.string(),
    users: z.array(userPresence),
  }),
};

/** A change for the instance that holds the connection of the user. */
export const activityChanged: BusTopic<{ sessionId: string; userId: string; change: PresenceChange }> = {
  name: 'presenceChange',
  schema: z.object({ sessionId: z.string(), userId: z.string(), change: presenceChange }),
};

/** An instance has started, or may have lost messages: the others tell who is online over them. */
export const presenceAsked: BusTopic<object> = { name: 'presenceAsked', schema: z.object({}) };
