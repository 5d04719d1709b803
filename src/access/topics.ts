import { z } from 'zod';
import { busTopic } from '../bus/bus.ts';

const change = z.union([
  /** An API key was revoked, or a participant token ended. */
  z.strictObject({ credentialId: z.string() }),
  /** The role or the tokens of a user changed; without a user, those of all users of the session. */
  z.strictObject({ sessionId: z.string(), userId: z.string().nullable() }),
]);

/** Whose credentials are to be looked at again. */
export type AccessChange = z.output<typeof change>;

/** Credentials changed. Instances that miss the message see it in the database a moment later. */
export const accessChanged = busTopic('access', change);
