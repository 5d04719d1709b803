import { listApiKeys, mintApiKey, revokeApiKey as revoke } from '../access/api-keys.ts';
import { decideOutside } from '../access/decide.ts';
import type { CommandContext } from '../app.ts';
import type { ApiKey } from '../database/generated/client.ts';
import { ApiKeyNotFoundError } from '../errors.ts';
import type { CreateApiKeyInput } from './model.ts';

/** Returns the keys that are not revoked, the oldest first. The operator's key of the environment is not among them. */
export async function apiKeys({ app, caller }: CommandContext): Promise<ApiKey[]> {
  return listApiKeys(app.db, decideOutside(caller, 'MANAGE_KEYS'));
}

/** Makes an API key. The text of the token is shown this once. */
export async function createApiKey(
  { app, caller }: CommandContext,
  input: CreateApiKeyInput,
): Promise<{ apiKey: ApiKey; token: string }> {
  return mintApiKey(app.db, decideOutside(caller, 'MANAGE_KEYS'), input);
}

/** Revokes a key, and ends what is live of it. Throws ApiKeyNotFoundError. */
export async function revokeApiKey({ app, caller }: CommandContext, id: string): Promise<ApiKey> {
  const key = await revoke(app.db, decideOutside(caller, 'MANAGE_KEYS'), id);
  if (!key) throw new ApiKeyNotFoundError(id);
  app.credentials.announce({ credentialId: id });
  return key;
}
