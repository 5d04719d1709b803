import { LRUCache } from 'lru-cache';
import type { Config } from '../config.ts';
import { type Credential, hashSecret, parseCredential, secretMatches } from './credential.ts';
import type { Credentials } from './credentials.ts';
import { Failures } from './failures.ts';
import { type Identity, OPERATOR, type StoredIdentity } from './identity.ts';
import { OpenIdProvider } from './openid.ts';

/** How a credential came: with a request, with a stream, or in the URL of a stream. */
export type ShownBy = 'request' | 'stream' | 'stream URL';

/** How many of the credentials that were good are remembered. */
const MAX_REMEMBERED = 10_000;

/** Finds out who a credential is of. */
export class Authenticator {
  readonly #credentials: Credentials;
  readonly #operatorKey: { readonly secretHash: string } | null;
  readonly #openId: OpenIdProvider | null;
  /** Whom stored credentials identified when they were shown last, by their text. */
  readonly #remembered = new LRUCache<string, StoredIdentity>({ max: MAX_REMEMBERED });
  readonly failures = new Failures();

  constructor(
    { OPERATOR_KEY, OIDC_ISSUER, OIDC_AUDIENCE, OIDC_REQUIRED_CLAIM }: Config,
    credentials: Credentials,
  ) {
    this.#credentials = credentials;
    this.#operatorKey = OPERATOR_KEY === undefined ? null : { secretHash: hashSecret(OPERATOR_KEY) };
    this.#openId =
      OIDC_ISSUER === undefined || OIDC_AUDIENCE === undefined
        ? null
        : new OpenIdProvider(OIDC_ISSUER, OIDC_AUDIENCE, OIDC_REQUIRED_CLAIM);
  }

  /**
   * Returns whom the credential of a client at this address identifies. Throws UnauthenticatedError,
   * TooManyFailuresError and OpenIdUnavailableError.
   */
  async identify(text: string, by: ShownBy, address: string): Promise<Identity> {
    // Hashing and comparing takes longer than the rest. The whole text is looked up, so time tells nothing of a secret.
    const remembered = by === 'stream URL' ? undefined : this.#remembered.get(text);
    if (remembered && this.#credentials.isCurrent(remembered)) return remembered;
    return this.failures.check(await this.#find(text, by), address);
  }

  async #find(text: string, by: ShownBy): Promise<Identity | null> {
    const credential = parseCredential(text);
    if (by === 'stream URL') {
      return credential?.kind === 'TICKET' ? this.#credentials.ticket(credential) : null;
    }
    // First, because it is what most requests show.
    const identity = await this.#stored(credential);
    if (identity) {
      this.#remembered.set(text, identity);
      return identity;
    }
    if (secretMatches(text, this.#operatorKey)) return OPERATOR;
    if (credential || by === 'stream' || !JWT.test(text)) return null;
    return this.#openId?.identify(text) ?? null;
  }

  #stored(credential: Credential | null): Promise<StoredIdentity | null> | null {
    if (credential?.kind === 'API_KEY') return this.#credentials.apiKey(credential);
    if (credential?.kind === 'PARTICIPANT') return this.#credentials.participant(credential);
    return null;
  }
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
