import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What `npm run build` makes of the folder `room`. */
const BUILT = fileURLToPath(new URL('../../dist/room/', import.meta.url));

/** The product's mark. */
export const MARK = `${BUILT}mark.svg`;

/** No inline script, no inline style, no other host. The WebSockets of this server are `'self'`, too. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

const hidden = { schema: { hide: true } };

/**
 * Serves the start page at `/` and the room at `/s/{id}`. A client that does not ask for HTML gets the 404 of any
 * path without a route at `/`. Call it before the methods of the paths are noted: other methods are 404, too.
 */
export async function serveRoom(server: FastifyInstance): Promise<void> {
  await server.register(fastifyStatic, {
    root: `${BUILT}assets`,
    prefix: '/assets/',
    preCompressed: true,
    // The names of the files change with their content.
    immutable: true,
    maxAge: '1y',
  });
  server.get('/mark.svg', hidden, (_request, reply) => reply.sendFile('mark.svg', BUILT, { maxAge: '1d' }));
  server.get('/', hidden, (request, reply) => {
    reply.header('vary', 'accept');
    if (!request.headers.accept?.includes('text/html')) return reply.callNotFound();
    return sendPage(reply, 'index.html');
  });
  server.get('/s/:id', hidden, (_request, reply) => sendPage(reply, 'session.html'));
  server.get('/s/:id/playback', hidden, (_request, reply) => sendPage(reply, 'session.html'));
}

/** The page names the files of its version, so it is asked for anew each time. */
function sendPage(reply: FastifyReply, name: string) {
  return reply
    .header('content-security-policy', CSP)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'same-origin')
    .header('cache-control', 'no-cache')
    .sendFile(name, BUILT, { cacheControl: false });
}
