import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { AppContext } from '../context.ts';
import { enter } from './service.ts';

const params = z.object({ sessionId: z.string(), userId: z.string() });

/** Makes the user that `connectionParams` name online, if they name one. Throws when there is none such. */
export async function enterByParams(app: AppContext, given: unknown): Promise<() => void> {
  const { userId } = z
    .object({ userId: z.unknown() })
    .partial()
    .parse(given ?? {});
  return userId === undefined ? () => {} : enter(app, params.parse(given));
}

/** Makes the user that the headers `X-Session-Id` and `X-User-Id` name online. Throws UserNotFoundError. */
export async function enterByHeaders(app: AppContext, headers: IncomingHttpHeaders): Promise<() => void> {
  const given = params.safeParse({ sessionId: headers['x-session-id'], userId: headers['x-user-id'] });
  return given.success ? enter(app, given.data) : () => {};
}
