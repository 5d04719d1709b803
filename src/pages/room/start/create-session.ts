import type { CreateSessionMutation, Language } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import document from './start.graphql?raw';

/** Creates a session and returns its id. One `fetch` keeps a GraphQL client out of the start page. */
export async function createSession(language: Language): Promise<string> {
  const result = await post({ query: document, variables: { input: { language } } });
  if (!('session' in result)) throw new Error(result.message);
  return result.session.id;
}

async function post(body: object): Promise<CreateSessionMutation['createSession']> {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { data }: { data: CreateSessionMutation } = await response.json();
    return data.createSession;
  } catch {
    throw new Error(texts.errors.network);
  }
}
