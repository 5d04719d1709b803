import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { AppContext } from './app.ts';
import { documentRoutes } from './documents/rest.ts';
import { eventRoutes } from './events/rest.ts';
import { executionRoutes } from './executions/rest.ts';
import { healthRoutes } from './observability/rest.ts';
import { sessionRoutes } from './sessions/rest.ts';
import { userRoutes } from './users/rest.ts';

/** The REST routes of every slice. */
export function restRoutes(app: AppContext): FastifyPluginAsyncZod[] {
  // Events last: their answers hold the events that the other slices register.
  return [sessionRoutes, documentRoutes, userRoutes, executionRoutes, healthRoutes, eventRoutes].map(
    (slice) => slice(app),
  );
}
