import { mintApiKey } from '../../src/access/api-keys.ts';
import { SYSTEM } from '../../src/access/caller.ts';
import { decideOutside } from '../../src/access/decide.ts';
import type { Scope } from '../../src/access/identity.ts';
import type { Role } from '../../src/database/generated/enums.ts';
import { createParticipant } from '../../src/users/participants.ts';
import { startTestServer, type TestServer } from './server.ts';

export const OPERATOR_KEY = 'a key of the operator, of 38 characters';

/** Returns the id of a credential, which is the middle of its text. */
export const idOfCredential = (text: string) => text.split('_')[1] ?? '';

/** What a server answers over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  readonly body: any;
}

/** A server, and what its clients show. */
export interface AccessServer extends TestServer {
  /** Makes an API key. */
  key(...scopes: Scope[]): Promise<string>;
  /** Makes a participant token. */
  participant(sessionId: string, role: Role): Promise<{ token: string; userId: string }>;
  /** Calls a route of REST. */
  rest(method: string, path: string, token: string | null, body?: unknown): Promise<Answer>;
  /** Sends an operation over HTTP. */
  ask(query: string, token: string | null, variables?: object): Promise<Answer>;
}

/** Starts a server whose access is closed unless the settings say otherwise. */
export async function startAccessServer(
  settings: NodeJS.ProcessEnv = {},
  options: { programs?: boolean } = {},
): Promise<AccessServer> {
  const server = await startTestServer({ ACCESS: 'closed', OPERATOR_KEY, ...settings }, options);
  const { app } = server;
  return {
    ...server,
    key: async (...scopes) => {
      const permit = decideOutside(SYSTEM, 'MANAGE_KEYS');
      return (await mintApiKey(app.db, permit, { name: 'shop', scopes, expiresAt: null })).token;
    },
    participant: async (sessionId, role) => {
      const entry = { name: role.toLowerCase(), role, tokenExpiresAt: null };
      const { user, token } = await createParticipant({ app, caller: SYSTEM }, sessionId, entry);
      return { token, userId: user.id };
    },
    rest: (method, path, token, body) => send(server.api + path, method, token, body),
    ask: (query, token, variables) => send(server.graphql, 'POST', token, { query, variables }),
  };
}

async function send(url: string, method: string, token: string | null, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' ? null : JSON.parse(text),
  };
}
