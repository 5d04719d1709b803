import { z } from 'zod';
import { SCOPES } from '../access/identity.ts';
import { futureDate, storableText } from '../validation.ts';

const MAX_NAME_LENGTH = 100;

const keyName = storableText.min(1).max(MAX_NAME_LENGTH);

export const createApiKeyInput = z.object({
  name: keyName,
  scopes: z.array(z.enum(SCOPES)).min(1),
  expiresAt: futureDate.nullish().transform((date) => date ?? null),
});
export type CreateApiKeyInput = z.output<typeof createApiKeyInput>;
