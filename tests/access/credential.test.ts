import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashSecret, mintCredential, parseCredential, secretMatches } from '../../src/access/credential.ts';

test.each([
  ['cik', 'API_KEY'],
  ['cii', 'INVITE'],
  ['cip', 'PARTICIPANT'],
  ['cit', 'TICKET'],
] as const)('%s is the prefix of %s', (prefix, kind) => {
  const { text, id, secretHash } = mintCredential(prefix);
  expect(text).toMatch(new RegExp(`^${prefix}_[0-9a-z]{16}_[A-Za-z0-9_-]{43}$`));
  const credential = parseCredential(text);
  expect(credential).toMatchObject({ kind, id });
  const secret = credential?.secret ?? '';
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(secretHash).toBe(createHash('sha256').update(secret).digest('hex'));
});

test('no two are the same', () => {
  const minted = Array.from({ length: 100 }, () => mintCredential('cip'));
  expect(new Set(minted.map(({ id }) => id)).size).toBe(100);
  expect(new Set(minted.map(({ secretHash }) => secretHash)).size).toBe(100);
});

test('what is stored holds no part of the secret', () => {
  const { text, ...stored } = mintCredential('cik');
  const secret = parseCredential(text)?.secret ?? '';
  expect(JSON.stringify(stored)).not.toContain(secret.slice(0, 8));
});

const secret = 'A'.repeat(43);
const id = '0123456789abcdef';

test.each([
  [''],
  [`cik_${id}`],
  [`xxx_${id}_${secret}`],
  [`CIK_${id}_${secret}`],
  [`cik_${id.toUpperCase()}_${secret}`],
  [`cik_${id}0_${secret}`],
  [`cik_${id}_${secret}A`],
  [`cik_${id}_${secret.slice(1)}`],
  [`cik_${id}_${secret.slice(1)}=`],
  [`cik_${id}_${secret}\n`],
  [` cik_${id}_${secret}`],
  [`constructor_${id}_${secret}`],
])('%j is no credential', (text) => {
  expect(parseCredential(text)).toBeNull();
});

test('a secret matches its own hash alone', () => {
  expect(secretMatches(secret, { secretHash: hashSecret(secret) })).toBe(true);
  expect(secretMatches(`${secret.slice(1)}B`, { secretHash: hashSecret(secret) })).toBe(false);
  expect(secretMatches(secret, null)).toBe(false);
});
