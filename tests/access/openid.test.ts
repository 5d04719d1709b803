import { exportSPKI, importJWK, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OpenIdProvider } from '../../src/access/openid.ts';
import { OpenIdUnavailableError } from '../../src/errors.ts';
import {
  AUDIENCE,
  newSigningKey,
  type SigningKey,
  startOpenIdProvider,
  type TestOpenIdProvider,
} from '../support/openid-provider.ts';

const COOLDOWN_MS = 300;

let provider: TestOpenIdProvider;
let key: SigningKey;
beforeAll(async () => {
  provider = await startOpenIdProvider();
  key = await provider.rotate('known');
});

let openId: OpenIdProvider;
beforeEach(() => {
  openId = checker();
});

const checker = (claim?: { name: string; value: string | null }) =>
  new OpenIdProvider(provider.issuer, AUDIENCE, claim, COOLDOWN_MS);

const seconds = () => Math.floor(Date.now() / 1_000);
const claims = () => ({ iss: provider.issuer, aud: AUDIENCE, sub: 'ada', exp: seconds() + 60 });
const sign = (payload: object, { privateKey } = key, header = { alg: 'RS256', kid: 'known' }) =>
  new SignJWT({ ...payload }).setProtectedHeader(header).sign(privateKey);

test('a token of the provider identifies who got it', async () => {
  expect(await openId.identify(await provider.token())).toMatchObject({
    kind: 'OIDC',
    id: 'product',
    scopes: ['SESSIONS'],
    expiresAt: expect.any(Date),
  });
  expect(await openId.identify(await sign({ ...claims(), name: 'Ada' }))).toMatchObject({
    id: 'ada',
    name: 'Ada',
  });
});

describe('a token is not valid', () => {
  test('for another audience', async () => {
    expect(await openId.identify(await provider.token('https://another.example'))).toBeNull();
  });

  test.each<[string, () => object]>([
    ['without an audience', () => ({ ...claims(), aud: undefined })],
    ['without an end', () => ({ ...claims(), exp: undefined })],
    ['without a subject', () => ({ ...claims(), sub: undefined })],
    ['with a subject that is empty', () => ({ ...claims(), sub: '' })],
    ['of another issuer', () => ({ ...claims(), iss: 'https://evil.example' })],
    ['that ended 35 s ago', () => ({ ...claims(), exp: seconds() - 35 })],
    ['that begins in 40 s', () => ({ ...claims(), nbf: seconds() + 40 })],
  ])('%s', async (_what, payload) => {
    expect(await openId.identify(await sign(payload()))).toBeNull();
  });

  test('that nobody signed', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await openId.identify(`${part({ alg: 'none' })}.${part(claims())}.`)).toBeNull();
    expect(await openId.identify(`${part({ alg: 'none', kid: 'known' })}.${part(claims())}.`)).toBeNull();
  });

  test('that is signed with the public key as a shared secret', async () => {
    const publicKey = await importJWK(key.publicKey, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('Not a key of two halves');
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(key.publicKey)]) {
      const forged = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'HS256', kid: 'known' })
        .sign(Buffer.from(secret));
      expect(await openId.identify(forged)).toBeNull();
    }
  });

  test('that another key signed under the same id', async () => {
    expect(await openId.identify(await sign(claims(), await newSigningKey('known')))).toBeNull();
  });

  test('whose claims were changed', async () => {
    const [header, , signature] = (await sign(claims())).split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'grace' })).toString('base64url');
    expect(await openId.identify(`${header}.${payload}.${signature}`)).toBeNull();
  });

  test.each(['', '..', 'a.b.c', 'a.b.'])('that is no token: %j', async (text) => {
    expect(await openId.identify(text)).toBeNull();
  });
});

test('clocks may differ by 25 s', async () => {
  expect(await openId.identify(await sign({ ...claims(), exp: seconds() - 25 }))).not.toBeNull();
  expect(await openId.identify(await sign({ ...claims(), nbf: seconds() + 25 }))).not.toBeNull();
});

test.each<[{ name: string; value: string | null }, object, boolean]>([
  [{ name: 'interviewer', value: null }, {}, false],
  [{ name: 'interviewer', value: null }, { interviewer: false }, false],
  [{ name: 'interviewer', value: null }, { interviewer: true }, true],
  [{ name: 'groups', value: 'hiring' }, { groups: 'hiring' }, true],
  [{ name: 'groups', value: 'hiring' }, { groups: ['it', 'hiring'] }, true],
  [{ name: 'groups', value: 'hiring' }, { groups: ['it', 'hiring2'] }, false],
  [{ name: 'groups', value: 'hiring' }, {}, false],
])('the required claim %j and %j: %s', async (claim, payload, isValid) => {
  const identity = await checker(claim).identify(await sign({ ...claims(), ...payload }));
  expect(identity !== null).toBe(isValid);
});

test('keys are fetched once, and not for each token of an unknown key', async () => {
  const before = provider.keyFetches;
  const unknown = await sign(claims(), await newSigningKey('x'), { alg: 'RS256', kid: 'x' });
  for (let count = 0; count < 20; count += 1) {
    expect(await openId.identify(unknown)).toBeNull();
    expect(await openId.identify(await sign(claims()))).not.toBeNull();
  }
  const fetches = provider.keyFetches - before;
  expect(fetches).toBeGreaterThan(0);
  expect(fetches).toBeLessThanOrEqual(2);
});

test('a rotated key is good within a cooldown, and the old one no more', async () => {
  const old = await sign(claims());
  expect(await openId.identify(old)).not.toBeNull();
  key = await provider.rotate('known-2');
  const rotated = await sign(claims(), key, { alg: 'RS256', kid: 'known-2' });
  const since = performance.now();
  await expect.poll(() => openId.identify(rotated)).not.toBeNull();
  expect(performance.now() - since).toBeLessThan(COOLDOWN_MS + 1_000);
  expect(await openId.identify(await provider.token())).not.toBeNull();
  expect(await openId.identify(old)).toBeNull();
  key = await provider.rotate('known');
});

test('while the provider is away the answer is to try later, and it is found when it is back', async () => {
  const token = await sign(claims());
  provider.goAway(true);
  const error = await openId.identify(token).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpenIdUnavailableError);
  expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfter: 1 });
  provider.goAway(false);
  await expect.poll(() => openId.identify(token).catch(() => null)).toMatchObject({ id: 'ada' });
});
