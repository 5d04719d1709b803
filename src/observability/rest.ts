import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { readHealth } from './service.ts';

const healthBody = z
  .object({ status: z.literal('ok'), timestamp: z.iso.datetime() })
  .meta({ id: 'Health', examples: [{ status: 'ok', timestamp: '2026-01-01T00:00:00.000Z' }] });

/** The route that tells whether the server works. */
export const healthRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.get(
      '/health',
      {
        schema: {
          tags: ['Health'],
          summary: 'Whether the server works',
          operationId: 'healthCheck',
          response: { 200: healthBody },
        },
      },
      async () => {
        const { status, timestamp } = readHealth(app);
        return { status, timestamp: timestamp.toISOString() };
      },
    );
  };
