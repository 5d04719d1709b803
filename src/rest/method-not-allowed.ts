import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Notes the methods of each path whose routes are added after this call. Returns a function that adds a route
 * for the other methods of each path: 405 with an `Allow` header. Fastify itself would reply 404.
 */
export function watchMethods(server: FastifyInstance): () => void {
  const allowed = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const methods = allowed.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    allowed.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...allowed]) {
      const allow = [...methods].join(', ');
      server.route({
        url,
        method: METHODS.filter((method) => !methods.has(method)),
        schema: { hide: true },
        handler: (request, reply) => {
          reply.header('allow', allow);
          throw new AppError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here, but ${allow} is`);
        },
      });
    }
  };
}
