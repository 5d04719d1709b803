import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { apiKeyRoutes } from './api-keys/rest.ts';
import type { AppContext } from './app.ts';
import { documentRoutes } from './documents/rest.ts';
import { eventRoutes } from './events/rest.ts';
import { executionRoutes } from './executions/rest.ts';
import { healthRoutes } from './observability/rest.ts';
import { sessionRoutes } from './sessions/rest.ts';
import { userRoutes } from './users/rest.ts';
import { participantRoutes } from './users/rest-participants.ts';
import { viewerRoutes } from './viewer/rest.ts';

/** The REST routes of every slice. */
export function restRoutes(app: AppContext): FastifyPluginAsyncZod[] {
  // Events last: their answers hold the events that the other slices register.
  return [
    sessionRoutes,
    documentRoutes,
    userRoutes,
    participantRoutes,
    executionRoutes,
    viewerRoutes,
    apiKeyRoutes,
    healthRoutes,
    eventRoutes,
  ].map((slice) => slice(app));
}
