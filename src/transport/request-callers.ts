import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ShownBy } from '../access/authenticator.ts';
import { type Caller, callerFromHeaders, callerOf, STRANGER } from '../access/caller.ts';
import { GRACE_MS } from '../access/watch.ts';
import type { AppContext } from '../app.ts';
import { UnauthenticatedError } from '../errors.ts';
import { giveUp } from './client-gone.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. */
    caller: Caller;
    /** Ends the watch of its credential: it is answered, or a stream from now on, which is watched as such. */
    stopWatching: () => void;
  }
}

/** Where credentials are looked at, but for what is public. The pages, and the documentation, are for everybody. */
const ROUTES = /^\/(api\/v1|graphql|metrics)(\/|$)/;
const PUBLIC = ['/api/v1/health'];
/** The routes of event streams. */
const STREAMS = ['/graphql', '/api/v1/sessions/:sessionId/events'];

/**
 * Resolves the caller of every HTTP request. A request whose credential is not valid, or ends before the answer, is
 * refused, whatever it asks for. Call it before the routes are added.
 */
export function resolveCallers(
  server: FastifyInstance,
  {
    config,
    authenticator,
    connections,
    credentialWatch,
  }: Pick<AppContext, 'config' | 'authenticator' | 'connections' | 'credentialWatch'>,
): void {
  const isOpen = config.ACCESS === 'open';
  server.decorateRequest('caller');
  server.decorateRequest('stopWatching');
  server.addHook('onRequest', (request, reply, done) => {
    request.caller = isOpen ? callerFromHeaders(request.headers) : STRANGER;
    request.stopWatching = NOTHING_WATCHED;
    const shown = shownBy(request);
    if (!shown || !looksAtCredentials(request)) return done();
    authenticator.identify(shown.text, shown.by, connections.addressOf(request.raw)).then((identity) => {
      request.caller = callerOf(identity);
      request.stopWatching = credentialWatch.watchRequest(identity, () => refuseLater(reply));
      reply.raw.on('close', request.stopWatching);
      done();
    }, done);
  });
}

const NOTHING_WATCHED = () => {};

/** Ends the request unless it is answered in a moment: its credential has ended. */
function refuseLater(reply: FastifyReply): void {
  setTimeout(() => {
    if (reply.sent) return;
    giveUp(reply.raw);
    reply.send(new UnauthenticatedError());
    // What the route still returns is dropped.
    reply.hijack();
  }, GRACE_MS);
}

function looksAtCredentials({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return ROUTES.test(url) && !isPublic(url);
}

/** Whether a route is for everybody, whatever they show. */
export function isPublic(url: string): boolean {
  return PUBLIC.includes(url);
}

const withTicket = z.object({ ticket: z.unknown() });
/** The `Accept` that browsers send for an EventSource. */
const EVENT_STREAM = /^text\/event-stream\s*([;,]|$)/;

/** Returns the credential of a request; null for none. Schemes other than Bearer may be those of a login proxy. */
function shownBy({
  method,
  headers,
  query,
  routeOptions: { url = '' },
}: FastifyRequest): { text: string; by: ShownBy } | null {
  const bearer = /^bearer(?: +(?<text>.*))?$/i.exec(headers.authorization ?? '');
  if (bearer) return { text: bearer.groups?.['text']?.trim() ?? '', by: 'request' };
  const ticket = withTicket.safeParse(query).data?.ticket;
  if (ticket === undefined) return null;
  const isStream = method === 'GET' && STREAMS.includes(url) && EVENT_STREAM.test(headers.accept ?? '');
  return { text: typeof ticket === 'string' ? ticket : '', by: isStream ? 'stream URL' : 'request' };
}
