import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { defineEventBody } from '../events/rest-bodies.ts';
import { error } from '../rest/bodies.ts';
import { RoleChanged, UserJoined, UserLeft } from './events.ts';
import { EXAMPLE_USER, joinSessionInput, ROLE_SLUGS, roleSlug, toUserBody, userBody } from './model.ts';
import { joinSession, leaveSession, listUsers } from './service.ts';

const tags = ['Users'];
const params = z.object({ sessionId: z.string() });
const usersBody = z
  .object({ users: z.array(userBody) })
  .meta({ id: 'Users', examples: [{ users: [EXAMPLE_USER] }] });

const joinedBody = userBody
  .extend({
    token: z.string().optional().describe('What the user shows from now on, where an invite gave one'),
  })
  .meta({ id: 'JoinedUser', examples: [EXAMPLE_USER] });

for (const type of [UserJoined, UserLeft]) {
  defineEventBody(type, { user: userBody }, ({ user }) => ({ user: toUserBody(user) }));
}

defineEventBody(RoleChanged, { user: userBody, role: roleSlug }, ({ user }) => ({
  user: toUserBody(user),
  role: ROLE_SLUGS[user.role],
}));

/** The routes of a session's users. */
export const userRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.post(
      '/sessions/:sessionId/users',
      {
        schema: {
          tags,
          summary: 'Join a session',
          operationId: 'joinSession',
          params,
          body: joinSessionInput.nullish().meta({ examples: [{ name: 'Ada' }] }),
          response: { 201: joinedBody, 400: error, 404: error, 409: error },
        },
      },
      async (request, reply) => {
        const { user, token } = await joinSession(
          { app, caller: request.caller, address: app.connections.addressOf(request.raw) },
          request.params.sessionId,
          request.body ?? {},
        );
        reply.code(201);
        return { ...toUserBody(user), ...(token !== null && { token }) };
      },
    );

    routes.get(
      '/sessions/:sessionId/users',
      {
        schema: {
          tags,
          summary: 'List the users of a session in order of joining',
          operationId: 'getSessionUsers',
          params,
          response: { 200: usersBody, 404: error },
        },
      },
      async ({ params, caller }) => {
        const users = await listUsers({ app, caller }, params.sessionId);
        return { users: users.map(toUserBody) };
      },
    );

    routes.delete(
      '/sessions/:sessionId/users/:userId',
      {
        schema: {
          tags,
          summary: 'Leave a session',
          operationId: 'leaveSession',
          params: params.extend({ userId: z.string() }),
          response: { 204: z.null(), 404: error },
        },
      },
      async (request, reply) => {
        const { sessionId, userId } = request.params;
        await leaveSession({ app, caller: request.caller }, sessionId, userId);
        return reply.code(204).send(null);
      },
    );
  };
