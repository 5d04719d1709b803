import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { OpenIdUnavailableError } from '../errors.ts';
import type { OpenIdIdentity } from './identity.ts';

/** Signatures by a private key alone: a secret that both sides know would let the audience forge tokens. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLOCK_TOLERANCE_S = 30;
const FETCH_TIMEOUT_MS = 5_000;
/** How long the keys are not fetched again for a key id that they lack, and a provider that is away is left alone. */
const COOLDOWN_MS = 10_000;

/** Errors of jose that are not the fault of the token. */
const AWAY = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'];

type Settings = Pick<Config, 'OIDC_ISSUER' | 'OIDC_AUDIENCE' | 'OIDC_REQUIRED_CLAIM'>;

/** Checks the tokens of the operator's OpenID provider. */
export class OpenIdProvider {
  readonly #issuer: string;
  readonly #audience: string;
  readonly #requiredClaim: Settings['OIDC_REQUIRED_CLAIM'];
  readonly #cooldownMs: number;
  #keys: Promise<JWTVerifyGetKey> | null = null;

  constructor(
    issuer: string,
    audience: string,
    requiredClaim: Settings['OIDC_REQUIRED_CLAIM'],
    cooldownMs = COOLDOWN_MS,
  ) {
    this.#issuer = issuer;
    this.#audience = audience;
    this.#requiredClaim = requiredClaim;
    this.#cooldownMs = cooldownMs;
  }

  /** Returns whom a token identifies; null for one that is not valid. Throws OpenIdUnavailableError. */
  async identify(token: string): Promise<OpenIdIdentity | null> {
    const keys = await this.#discoveredKeys();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: this.#issuer,
        audience: this.#audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
      });
      return hasClaim(payload, this.#requiredClaim) ? toIdentity(payload) : null;
    } catch (error) {
      if (error instanceof errors.JOSEError && !AWAY.includes(error.code)) return null;
      throw this.#away();
    }
  }

  #away(): OpenIdUnavailableError {
    return new OpenIdUnavailableError(Math.ceil(this.#cooldownMs / 1_000));
  }

  /** Discovers where the keys are, once. After a failure it tries again when the cooldown is over. */
  async #discoveredKeys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#discover();
    try {
      return await this.#keys;
    } catch {
      throw this.#away();
    }
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    try {
      const url = `${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
      const { issuer, jwks_uri } = metadata.parse(await response.json());
      if (issuer !== this.#issuer) throw new Error(`The provider calls itself ${issuer}`);
      return createRemoteJWKSet(new URL(jwks_uri), {
        timeoutDuration: FETCH_TIMEOUT_MS,
        cooldownDuration: this.#cooldownMs,
      });
    } catch (error) {
      setTimeout(() => {
        this.#keys = null;
      }, this.#cooldownMs).unref();
      throw error;
    }
  }
}

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

function hasClaim(payload: JWTPayload, required: Settings['OIDC_REQUIRED_CLAIM']): boolean {
  if (!required) return true;
  const claim = payload[required.name];
  if (required.value === null) return claim !== undefined && claim !== null && claim !== false;
  return [claim].flat().map(String).includes(required.value);
}

const claims = z.object({ sub: z.string().min(1), exp: z.number(), name: z.string().nullish().catch(null) });

/** Returns null when `sub` is no text. */
function toIdentity(payload: JWTPayload): OpenIdIdentity | null {
  const { data } = claims.safeParse(payload);
  if (!data) return null;
  const { sub: id, exp, name = null } = data;
  return { kind: 'OIDC', id, name, scopes: ['SESSIONS'], expiresAt: new Date(exp * 1_000) };
}
