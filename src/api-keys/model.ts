import { z } from 'zod';
import { SCOPES, type Scope } from '../access/identity.ts';
import { futureDate, slugInput, storableText } from '../validation.ts';

const MAX_NAME_LENGTH = 100;

/** What a key is called. */
export const keyName = storableText
  .refine((name) => name.trim() !== '' && [...name].length <= MAX_NAME_LENGTH, {
    error: `must have 1 to ${MAX_NAME_LENGTH} characters`,
  })
  .meta({ minLength: 1, maxLength: MAX_NAME_LENGTH });

/** The scopes as REST names them. */
export const SCOPE_SLUGS = {
  SESSIONS: 'sessions',
  EXECUTE: 'execute',
  METRICS: 'metrics',
  ADMIN: 'admin',
} as const satisfies Record<Scope, string>;
export const scopeSlug = z.enum(Object.values(SCOPE_SLUGS));

/** A scope in a request of REST, as the commands name it. */
export const scopeInput = slugInput(SCOPES, (scope) => SCOPE_SLUGS[scope]);

export const createApiKeyInput = z.object({
  name: keyName,
  scopes: z.array(z.enum(SCOPES)).min(1),
  expiresAt: futureDate.nullish().transform((date) => date ?? null),
});
export type CreateApiKeyInput = z.output<typeof createApiKeyInput>;
