import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import type { ShownBy } from './authenticator.ts';
import { type Caller, callerFromHeaders, callerOf, STRANGER } from './caller.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. */
    caller: Caller;
  }
}

/** Where credentials are looked at, but for what is public. The pages, and the documentation, are for everybody. */
const ROUTES = /^\/(api\/v1|graphql|metrics)(\/|$)/;
const PUBLIC = ['/api/v1/health'];
/** The routes of event streams. */
const STREAMS = ['/graphql', '/api/v1/sessions/:sessionId/events'];

/**
 * Resolves the caller of every HTTP request. A request whose credential is not valid is refused, whatever it asks for.
 * Call it before the routes are added.
 */
export function resolveCallers(
  server: FastifyInstance,
  { config, authenticator, connections }: Pick<AppContext, 'config' | 'authenticator' | 'connections'>,
): void {
  const isOpen = config.ACCESS === 'open';
  server.decorateRequest('caller');
  server.addHook('onRequest', (request, _reply, done) => {
    request.caller = isOpen ? callerFromHeaders(request.headers) : STRANGER;
    const shown = shownBy(request);
    if (!shown || !looksAtCredentials(request)) return done();
    authenticator.identify(shown.text, shown.by, connections.addressOf(request.raw)).then((identity) => {
      request.caller = callerOf(identity);
      done();
    }, done);
  });
}

function looksAtCredentials({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return ROUTES.test(url) && !isPublic(url);
}

/** Whether a route is for everybody, whatever they show. */
export function isPublic(url: string): boolean {
  return PUBLIC.includes(url);
}

const withTicket = z.object({ ticket: z.string() });

/** Returns the credential of a request; null for none. Schemes other than Bearer may be those of a login proxy. */
function shownBy({
  headers,
  query,
  routeOptions: { url = '' },
}: FastifyRequest): { text: string; by: ShownBy } | null {
  const bearer = /^bearer(?: +(?<text>.*))?$/i.exec(headers.authorization ?? '');
  if (bearer) return { text: bearer.groups?.['text']?.trim() ?? '', by: 'request' };
  const { data } = withTicket.safeParse(query);
  if (!data) return null;
  // Browsers open event streams with this header.
  const isStream = STREAMS.includes(url) && (headers.accept?.startsWith('text/event-stream') ?? false);
  return { text: data.ticket, by: isStream ? 'stream URL' : 'request' };
}
