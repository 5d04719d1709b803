import { z } from 'zod';
import { busTopic } from '../bus/bus.ts';
import { presenceChange, userPresence } from './model.ts';

const online = z.object({
  instance: z.string(),
  version: z.int(),
  sessionId: z.string(),
  users: z.array(userPresence),
});

/** The users whose connections an instance holds in a session. A later version replaces an earlier one. */
export type UsersOnline = z.output<typeof online>;
export const usersOnline = busTopic('presence', online);

/** A change for the instance that holds the connection of the user. */
export const activityChanged = busTopic(
  'presenceChange',
  z.object({ sessionId: z.string(), userId: z.string(), change: presenceChange }),
);

/** An instance has started, or may have lost messages: the others tell who is online over them. */
export const presenceAsked = busTopic('presenceAsked', z.object({}));
