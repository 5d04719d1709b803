import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { UnauthenticatedError } from '../errors.ts';
import { type Caller, callerFromParams, callerOf } from './caller.ts';

const withToken = z.object({ token: z.unknown() }).partial().nullish();

/**
 * Returns the caller of a WebSocket by its `connectionParams`; null when they do not fit. Throws UnauthenticatedError
 * and TooManyFailuresError.
 */
export async function resolveParams(
  { config, authenticator }: Pick<AppContext, 'config' | 'authenticator'>,
  params: unknown,
  address: string,
): Promise<Caller | null> {
  const token = withToken.safeParse(params).data?.token ?? null;
  if (token !== null) {
    const text = typeof token === 'string' ? token : '';
    return callerOf(await authenticator.identify(text, 'stream', address));
  }
  if (config.ACCESS === 'closed') throw new UnauthenticatedError();
  return callerFromParams(params);
}
