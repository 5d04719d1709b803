import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider from 'oidc-provider';
import { stopAtEnd } from './cleanup.ts';

export const AUDIENCE = 'https://interviews.example';
const CLIENT = { client_id: 'product', client_secret: 'a secret of the product' };

/** An OpenID provider on a free port, until the end of the test file. */
export interface TestOpenIdProvider {
  readonly issuer: string;
  /** Returns a token that it gives the client `product`, for an audience. */
  token(audience?: string): Promise<string>;
  /** Signs with a new key from now on, and shows that one alone. Returns it. */
  rotate(kid: string): Promise<SigningKey>;
  /** Answers everything with 503, until it is called with false. */
  goAway(isAway: boolean): void;
  /** How often its keys were fetched. */
  readonly keyFetches: number;
}

/** A private key that signs, with its public half. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: JWK;
}

export async function newSigningKey(kid: string): Promise<SigningKey & { readonly jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const rest = { kid, alg: 'RS256', use: 'sig' };
  return {
    privateKey,
    publicKey: { ...(await exportJWK(publicKey)), ...rest },
    jwk: { ...(await exportJWK(privateKey)), ...rest },
  };
}

export async function startOpenIdProvider(): Promise<TestOpenIdProvider> {
  let isAway = false;
  let keyFetches = 0;
  let handle: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyFetches += 1;
    if (isAway) response.writeHead(503).end();
    else handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;

  const rotate = async (kid: string) => {
    const key = await newSigningKey(kid);
    handle = providerWith(issuer, key.jwk).callback();
    return key;
  };
  await rotate('first');
  return {
    issuer,
    rotate,
    goAway: (away) => {
      isAway = away;
    },
    get keyFetches() {
      return keyFetches;
    },
    token: async (audience = AUDIENCE) => {
      const { client_id, client_secret } = CLIENT;
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client_id}:${encodeURIComponent(client_secret)}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      });
      const body = await response.json();
      if (!response.ok) throw new Error(`The provider gave no token: ${JSON.stringify(body)}`);
      return body.access_token;
    },
  };
}

function providerWith(issuer: string, key: JWK): Provider {
  return new Provider(issuer, {
    jwks: { keys: [key] },
    clients: [{ ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
        }),
      },
    },
  });
}
