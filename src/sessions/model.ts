import { z } from 'zod';
import type { Session } from '../database/generated/client.ts';
import { Language, SessionStatus } from '../database/generated/enums.ts';
import { codeText } from '../validation.ts';

/** The fields of a session that an update can change. */
export const SESSION_FIELDS = ['code', 'language', 'status'] as const;

/** A session as events store it, without its users. */
export const storedSession = z.object({
  id: z.string(),
  code: z.string(),
  language: z.enum(Language),
  status: z.enum(SessionStatus),
  seq: z.int(),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
  // Events from before there was access lack these.
  owner: z.string().nullable().default(null),
  locks: z.string().default(''),
  expiresAt: z.coerce.date().nullable().default(null),
}) satisfies z.ZodType<Session>;

export const createSessionInput = z.object({
  language: z.enum(Language).nullish(),
  code: codeText.nullish(),
});
export type CreateSessionInput = z.output<typeof createSessionInput>;

export const updateSessionInput = z.object({
  code: codeText.nullish(),
  language: z.enum(Language).nullish(),
  status: z.enum(SessionStatus).nullish(),
});
export type UpdateSessionInput = z.output<typeof updateSessionInput>;
