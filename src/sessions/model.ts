import { z } from 'zod';
import { Language, SessionStatus } from '../database/generated/enums.ts';
import { storableText } from '../validation.ts';

/** What a session starts with when no code is given. */
export const STARTER_CODE: Record<Language, string> = {
  JAVASCRIPT: '// Start coding here\nconsole.log("Hello, World!");',
  TYPESCRIPT: '// Start coding here\nconsole.log("Hello, World!");',
  PYTHON: '# Start coding here\nprint("Hello, World!")',
};

export const createSessionInput = z.object({
  language: z.enum(Language).nullish(),
  code: storableText.nullish(),
});
export type CreateSessionInput = z.output<typeof createSessionInput>;

export const updateSessionInput = z.object({
  code: storableText.nullish(),
  language: z.enum(Language).nullish(),
  status: z.enum(SessionStatus).nullish(),
});
export type UpdateSessionInput = z.output<typeof updateSessionInput>;
