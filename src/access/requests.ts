import type { FastifyInstance } from 'fastify';
import { type Caller, callerFromHeaders } from './caller.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. */
    caller: Caller;
  }
}

/** Resolves the caller of every HTTP request. Call it before the routes are added. */
export function resolveCallers(server: FastifyInstance): void {
  server.decorateRequest('caller');
  server.addHook('onRequest', (request, _reply, done) => {
    request.caller = callerFromHeaders(request.headers);
    done();
  });
}
