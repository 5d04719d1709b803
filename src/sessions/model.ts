import { z } from 'zod';
import { LOCKS } from '../access/rights.ts';
import { Language, SessionStatus } from '../database/generated/enums.ts';
import { codeText, futureDate } from '../validation.ts';

export const createSessionInput = z.object({
  language: z.enum(Language).nullish(),
  code: codeText.nullish(),
});
export type CreateSessionInput = z.output<typeof createSessionInput>;

export const updateSessionInput = z.object({
  code: codeText.nullish(),
  baseSeq: z.int().nullish(),
  language: z.enum(Language).nullish(),
  status: z.enum(SessionStatus).nullish(),
  locks: z.array(z.enum(LOCKS)).nullish(),
  expiresAt: futureDate.nullish(),
});
export type UpdateSessionInput = z.output<typeof updateSessionInput>;
