import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { InvalidInputError } from '../errors.ts';
import { memoize } from '../memoize.ts';
import { textOfBody } from '../transport/utf8-body.ts';
import { excessOf } from '../validation.ts';
import { toRestInputError } from './errors.ts';
import { answerNotModified } from './not-modified.ts';

const PREFIX = '/api/v1';

/** Serves REST routes: JSON in, validated by the schemas that the OpenAPI document is made of, JSON out. */
export async function serveRest(
  server: FastifyInstance,
  slices: readonly FastifyPluginAsyncZod[],
): Promise<void> {
  await server.register(
    async (routes) => {
      acceptJson(routes);
      answerNotModified(routes);
      routes.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (input) => {
        // Each value that does not fit makes an issue.
        const excess = httpPart === 'body' ? excessOf(input) : null;
        if (excess !== null) return { error: new InvalidInputError('body', `body ${excess}`) };
        const result = schema.safeParse(input);
        if (result.success) return { value: result.data };
        return { error: toRestInputError(result.error.issues, input) };
      });
      routes.setSerializerCompiler(() => toJson);
      for (const slice of slices) await routes.register(slice);
    },
    { prefix: PREFIX },
  );
}

/** Made once, however often a body is sent. Nothing changes a body after it was made. */
const objectToJson = memoize((body: object): string => JSON.stringify(body));

function toJson(body: unknown): string {
  return typeof body === 'object' && body !== null ? objectToJson(body) : JSON.stringify(body);
}

/** Reads bodies as JSON, with that content type or with none. An empty body counts as none. */
function acceptJson(routes: FastifyInstance): void {
  const parse = routes.getDefaultJsonParser('ignore', 'ignore');
  routes.addHook('onRequest', async ({ headers }) => {
    headers['content-type'] ??= 'application/json';
  });
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const text = textOfBody(body);
    if (text.trim() === '') done(null, undefined);
    else parse(request, text, done);
  });
}
