import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { AppContext } from '../context.ts';
import { eventRoutes } from '../events/rest.ts';
import { executionRoutes } from '../execution/rest.ts';
import { healthRoutes } from '../health/rest.ts';
import { sessionRoutes } from '../sessions/rest.ts';
import { userRoutes } from '../users/rest.ts';
import { toRestInputError } from './errors.ts';

const PREFIX = '/api/v1';

/** The REST routes: JSON in, validated by the schemas that the OpenAPI document is made of, JSON out. */
export async function serveRest(server: FastifyInstance, app: AppContext): Promise<void> {
  await server.register(
    async (routes) => {
      acceptJson(routes);
      routes.setValidatorCompiler<z.ZodType>(({ schema }) => (input) => {
        const result = schema.safeParse(input);
        if (result.success) return { value: result.data };
        return { error: toRestInputError(result.error.issues, input) };
      });
      routes.setSerializerCompiler(() => (body) => JSON.stringify(body));
      for (const slice of [sessionRoutes, userRoutes, eventRoutes, executionRoutes, healthRoutes]) {
        await routes.register(slice(app));
      }
    },
    { prefix: PREFIX },
  );
}

/** Takes JSON, with its content type or with none; an empty body is no body. */
function acceptJson(routes: FastifyInstance): void {
  const parse = routes.getDefaultJsonParser('ignore', 'ignore');
  routes.addHook('onRequest', async ({ headers }) => {
    headers['content-type'] ??= 'application/json';
  });
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body.trim() === '') done(null, undefined);
    else parse(request, body, done);
  });
}
