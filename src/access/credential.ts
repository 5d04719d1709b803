import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { newCredentialId } from '../ids.ts';

/** The kinds of credentials that this server makes, by the prefix of their text. */
const KINDS = { cik: 'API_KEY', cii: 'INVITE', cip: 'PARTICIPANT', cit: 'TICKET' } as const;

type Prefix = keyof typeof KINDS;
export type CredentialKind = (typeof KINDS)[Prefix];

/** `<prefix>_<id>_<secret>`: the secret is 32 bytes in base64url. */
const FORMAT = /^(?<prefix>cik|cii|cip|cit)_(?<id>[0-9a-z]{16})_(?<secret>[\w-]{43})$/;
const SECRET_BYTES = 32;

/** What a client shows. The secret must reach neither the database nor a log. */
export interface Credential {
  readonly kind: CredentialKind;
  readonly id: string;
  readonly secret: string;
}

/** A new credential: the text is shown once, the rest is stored. */
export interface MintedCredential {
  readonly text: string;
  readonly id: string;
  readonly secretHash: string;
}

/** What is stored of a credential to check it. */
export interface StoredSecret {
  readonly secretHash: string;
}

/** Makes a credential from a cryptographic source. */
export function mintCredential(prefix: Prefix): MintedCredential {
  const id = newCredentialId();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { text: `${prefix}_${id}_${secret}`, id, secretHash: hashSecret(secret) };
}

/** Returns the credential that a text is; null when it is none of this server's. */
export function parseCredential(text: string): Credential | null {
  const { prefix, id, secret } = FORMAT.exec(text)?.groups ?? {};
  if (!isPrefix(prefix) || id === undefined || secret === undefined) return null;
  return { kind: KINDS[prefix], id, secret };
}

function isPrefix(text: string | undefined): text is Prefix {
  return text !== undefined && Object.hasOwn(KINDS, text);
}

/** Returns the SHA-256 of a secret, in hexadecimal. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret);
}

/** Compares in constant time. A secret without a stored one matches nothing, and takes as long. */
export function secretMatches(secret: string, stored: StoredSecret | null): boolean {
  const expected = Buffer.from(stored?.secretHash ?? NO_HASH);
  return timingSafeEqual(Buffer.from(hashSecret(secret)), expected) && stored !== null;
}

const NO_HASH = '0'.repeat(64);
