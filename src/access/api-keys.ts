import type { Database } from '../database/client.ts';
import type { ApiKey } from '../database/generated/client.ts';
import { memoize } from '../memoize.ts';
import { mintCredential } from './credential.ts';
import type { Permit } from './decide.ts';
import { type ApiKeyIdentity, SCOPES, type Scope } from './identity.ts';

/** An API key to be made. */
export interface ApiKeyOrder {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** Stores a new key. Returns it with its text, which is shown this once. */
export async function mintApiKey(
  db: Database,
  _permit: Permit<'MANAGE_KEYS'>,
  { name, scopes, expiresAt }: ApiKeyOrder,
): Promise<{ apiKey: ApiKey; token: string }> {
  const { text, ...minted } = mintCredential('cik');
  const data = { ...minted, name, scopes: scopes.join(','), createdAt: new Date(), expiresAt };
  return { apiKey: await db.apiKey.create({ data }), token: text };
}

/** Returns what a key is good for. */
export function scopesOf({ scopes }: ApiKey): Scope[] {
  const names = scopes.split(',');
  return SCOPES.filter((scope) => names.includes(scope));
}

/** Returns whom a key identifies: the same object for the same record. */
export const identityOfKey = memoize((key: ApiKey): ApiKeyIdentity => {
  const { id, name, expiresAt } = key;
  return { kind: 'API_KEY', id, name, scopes: scopesOf(key), expiresAt };
});

/** Returns the keys that are not revoked, the oldest first. */
export function listApiKeys(db: Database, _permit: Permit<'MANAGE_KEYS'>): Promise<ApiKey[]> {
  return db.apiKey.findMany({ where: { revokedAt: null }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
}

/** Revokes a key. Returns it; null when there is none, or it was revoked before. */
export async function revokeApiKey(
  db: Database,
  _permit: Permit<'MANAGE_KEYS'>,
  id: string,
): Promise<ApiKey | null> {
  const revoked = await db.apiKey.updateManyAndReturn({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  return revoked[0] ?? null;
}
