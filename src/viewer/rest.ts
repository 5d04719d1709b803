import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { SCOPE_SLUGS, scopeSlug } from '../api-keys/model.ts';
import type { AppContext } from '../app.ts';
import { sessionBody, toSessionBody } from '../sessions/rest.ts';
import { ROLE_SLUGS, roleSlug, toUserBody, userBody } from '../users/model.ts';
import { milliseconds } from '../validation.ts';
import { readViewer, type Viewer } from './service.ts';

const KIND_SLUGS = {
  ANONYMOUS: 'anonymous',
  API_KEY: 'api_key',
  OIDC: 'oidc',
  PARTICIPANT: 'participant',
  TICKET: 'ticket',
} as const satisfies Record<Viewer['kind'], string>;

const EXAMPLE = {
  kind: 'api_key',
  role: null,
  user: null,
  session: null,
  scopes: ['sessions', 'execute'],
  expiresAt: null,
};

const viewerBody = z
  .object({
    kind: z.enum(Object.values(KIND_SLUGS)),
    role: roleSlug.nullable().describe('The role of a participant in its session'),
    user: userBody.nullable().describe('The user that a participant is'),
    session: sessionBody.nullable().describe('The session of a participant'),
    scopes: z.array(scopeSlug).describe('What an API key may be used for'),
    expiresAt: milliseconds.nullable().describe('When the credential ends by itself; null for never'),
  })
  .meta({ id: 'Viewer', examples: [EXAMPLE] });

/** The route that tells who asks. */
export const viewerRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.get(
      '/viewer',
      {
        schema: {
          tags: ['Access'],
          summary: 'Who asks, and what the credential is good for',
          operationId: 'getViewer',
          response: { 200: viewerBody },
        },
      },
      async ({ caller }) => {
        const { kind, role, user, session, scopes, expiresAt } = await readViewer({ app, caller });
        return {
          kind: KIND_SLUGS[kind],
          role: role && ROLE_SLUGS[role],
          user: user && toUserBody(user),
          session: session && toSessionBody(session),
          scopes: scopes.map((scope) => SCOPE_SLUGS[scope]),
          expiresAt: expiresAt?.getTime() ?? null,
        };
      },
    );
  };
