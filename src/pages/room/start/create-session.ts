import type { CreateSessionMutation, InviteHostMutation, Language } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import inviteHost from './invite-host.graphql?raw';
import create from './start.graphql?raw';

/** The server creates sessions for who has an API key alone. */
export class KeyNeededError extends Error {}

/**
 * Creates a session. Returns the path of its page, with an invite where an API key created it. Throws KeyNeededError.
 * `fetch` keeps a GraphQL client out of the start page.
 */
export async function createSession(language: Language, key: string): Promise<string> {
  const { createSession: created } = await post<CreateSessionMutation>(key, create, { input: { language } });
  if (!('session' in created)) throw new Error(created.message);
  const { id } = created.session;
  if (key === '') return `/s/${id}`;
  const { createInvite: invited } = await post<InviteHostMutation>(key, inviteHost, { id });
  if (!('token' in invited)) throw new Error(invited.message);
  return `/s/${id}#${invited.token}`;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function post<Data>(key: string, query: string, variables: object): Promise<Data> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== '' && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query, variables }),
  }).catch(() => {
    throw new Error(texts.errors.network);
  });
  const { data, errors }: Answer<Data> = await response.json();
  if (data) return data;
  const [error] = errors ?? [];
  const message = error?.message ?? texts.errors.network;
  throw error?.extensions?.code === 'UNAUTHENTICATED' ? new KeyNeededError(message) : new Error(message);
}
