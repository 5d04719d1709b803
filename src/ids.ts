import { customAlphabet } from 'nanoid';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new session id: 10 characters of `0-9a-z` from a cryptographic source. */
export const newSessionId = customAlphabet(ALPHABET, 10);

/** A new user id: 8 characters of `0-9a-z` from a cryptographic source. */
export const newUserId = customAlphabet(ALPHABET, 8);

/** A new execution id: 16 characters of `0-9a-z` from a cryptographic source. */
export const newExecutionId = customAlphabet(ALPHABET, 16);

/** A new id of an API key, an invite, a token or a ticket: 16 characters of `0-9a-z` from a cryptographic source. */
export const newCredentialId = customAlphabet(ALPHABET, 16);

/**
 * Whether a text could be an id, ours or of the original server. Any other text names nothing; PostgreSQL would
 * refuse a NUL in it.
 */
export function isId(text: string): boolean {
  return /^[\w-]+$/.test(text);
}
