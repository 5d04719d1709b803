import { z } from 'zod';
import type { TypedDocumentString } from '../../generated/graphql.ts';
import { request } from '../graphql.ts';
import { subscribe } from '../subscribe.ts';
import { insist, type Surroundings } from './client.ts';

type Where = Pick<Surroundings, 'proxy' | 'signal'>;

/**
 * Sends one request over REST. Returns null where the connection is cut or the server cannot answer now: nobody knows
 * whether the change was made. Throws for a refusal.
 */
export async function rest<Body>(
  url: string,
  schema: z.ZodType<Body>,
  init?: RequestInit,
): Promise<{ body: Body; seq: number } | null> {
  const answer = await fetch(url, init)
    .then(async (response) => ({ response, text: await response.text() }))
    .catch(() => null);
  if (!answer || answer.response.status === 503) return null;
  const { response, text } = answer;
  if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${url}: ${response.status} ${text}`);
  const seq = Number(response.headers.get('etag')?.slice(1, -1));
  return { body: schema.parse(JSON.parse(text)), seq };
}

const session = z.object({ code: z.string() });

/** Reads a session over REST, again until a server answers. */
export async function readSession({ proxy, signal, sessionId }: Surroundings) {
  const { body, seq } = await insist(signal, () =>
    rest(`${proxy.url}/api/v1/sessions/${sessionId}`, session),
  );
  return { code: body.code, seq };
}

/** Sends an operation, again until a server answers. Throws for an error that is not of the moment. */
export function operate<Result, Variables>(
  { proxy, signal }: Where,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  return insist(signal, async () => {
    const result = await request(`${proxy.url}/graphql`, document, variables).catch(() => null);
    if (result?.data) return result.data;
    if (!result || isOfTheMoment(result)) return null;
    throw new Error(`The operation failed: ${JSON.stringify(result.errors)}`);
  });
}

/** Follows a subscription, again with the variables of now whenever it was lost. */
export async function follow<Result, Variables extends Record<string, unknown>>(
  { proxy, signal }: Where,
  document: TypedDocumentString<Result, Variables>,
  variables: () => Variables,
  take: (data: Result) => void,
): Promise<void> {
  await insist(signal, async () => {
    const subscription = subscribe('WebSocket', `${proxy.url}/graphql`, document, variables());
    const stop = () => void subscription.stop().catch(() => {});
    signal.addEventListener('abort', stop);
    for (let result = await next(subscription); result?.data; result = await next(subscription)) {
      take(result.data);
    }
    signal.removeEventListener('abort', stop);
    stop();
    return signal.aborted || null;
  });
}

function next<Result>({ next: read }: ReturnType<typeof subscribe<Result, Record<string, unknown>>>) {
  return read().catch(() => null);
}

function isOfTheMoment({ errors }: Awaited<ReturnType<typeof request>>): boolean {
  return errors?.every(({ extensions }) => extensions?.['code'] === 'SERVICE_UNAVAILABLE') ?? false;
}
