import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { scopesOf } from '../access/api-keys.ts';
import type { AppContext } from '../app.ts';
import type { ApiKey } from '../database/generated/client.ts';
import { error, missingFields } from '../rest/bodies.ts';
import { futureMilliseconds, milliseconds } from '../validation.ts';
import { keyName, SCOPE_SLUGS, scopeInput, scopeSlug } from './model.ts';
import { apiKeys, createApiKey, revokeApiKey } from './service.ts';

const tags = ['Keys'];

const EXAMPLE_KEY = {
  id: '3fq81w2m0k9x7d5a',
  name: 'shop',
  scopes: ['sessions', 'execute'],
  createdAt: 1_767_225_600_000,
  expiresAt: null,
};

const keyBody = z
  .object({
    id: z.string().describe('Sixteen characters of 0-9a-z; it is no secret'),
    name: z.string(),
    scopes: z.array(scopeSlug),
    createdAt: milliseconds,
    expiresAt: milliseconds.nullable().describe('Null for never'),
  })
  .meta({ id: 'ApiKey', examples: [EXAMPLE_KEY] });

const newKeyBody = keyBody
  .extend({ token: z.string().describe('What the program shows; it is shown this once') })
  .meta({
    id: 'NewApiKey',
    examples: [
      { ...EXAMPLE_KEY, token: `cik_${EXAMPLE_KEY.id}_Pu2dXxJ0yXf1v8n7sLQm4tGkR3aWcE9bZhT5oVi6UqY` },
    ],
  });

const keysBody = z
  .object({ keys: z.array(keyBody).describe('The oldest first') })
  .meta({ id: 'ApiKeys', examples: [{ keys: [EXAMPLE_KEY] }] });

const createBody = z
  .object({
    name: keyName,
    scopes: z.array(scopeInput).min(1).describe('What it may be used for'),
    expiresAt: futureMilliseconds
      .nullish()
      .describe('When it ends, in Unix milliseconds: never when left out'),
  })
  .meta({ examples: [{ name: 'shop', scopes: ['sessions', 'execute'] }] });

function toKeyBody(key: ApiKey): z.input<typeof keyBody> {
  const { id, name, createdAt, expiresAt } = key;
  return {
    id,
    name,
    scopes: scopesOf(key).map((scope) => SCOPE_SLUGS[scope]),
    createdAt: createdAt.getTime(),
    expiresAt: expiresAt?.getTime() ?? null,
  };
}

/** The routes of API keys, which are for the scope `admin` alone. */
export const apiKeyRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.get(
      '/keys',
      {
        schema: {
          tags,
          summary: 'List the API keys that are not revoked',
          operationId: 'listApiKeys',
          response: { 200: keysBody },
        },
      },
      async ({ caller }) => ({ keys: (await apiKeys({ app, caller })).map(toKeyBody) }),
    );

    routes.post(
      '/keys',
      {
        schema: {
          tags,
          summary: 'Make an API key',
          operationId: 'createApiKey',
          body: createBody,
          response: { 201: newKeyBody, 400: error, 422: missingFields },
        },
      },
      async ({ body: { expiresAt = null, ...input }, caller }, reply) => {
        const { apiKey, token } = await createApiKey({ app, caller }, { ...input, expiresAt });
        reply.code(201);
        return { ...toKeyBody(apiKey), token };
      },
    );

    routes.delete(
      '/keys/:id',
      {
        schema: {
          tags,
          summary: 'Revoke an API key',
          operationId: 'revokeApiKey',
          params: z.object({ id: z.string() }),
          response: { 204: z.null(), 404: error },
        },
      },
      async ({ params: { id }, caller }, reply) => {
        await revokeApiKey({ app, caller }, id);
        return reply.code(204).send(null);
      },
    );
  };
