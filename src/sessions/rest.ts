import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../context.ts';
import { error, language, sessionBody, status, toSessionBody } from '../rest/bodies.ts';
import { storableText } from '../validation.ts';
import { createSession, deleteSession, getSession, updateSession } from './service.ts';

const tags = ['Sessions'];
const params = z.object({ sessionId: z.string() });

const createBody = z.object({ language: language.nullish(), code: storableText.nullish() });
const updateBody = createBody.extend({ status: status.nullish() });

/** The routes of sessions. */
export const sessionRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.post(
      '/sessions',
      {
        schema: {
          tags,
          summary: 'Create a session',
          operationId: 'createSession',
          body: createBody.nullish(),
          response: { 201: sessionBody, 400: error },
        },
      },
      async (request, reply) => {
        reply.code(201);
        return toSessionBody(await createSession(app, request.body ?? {}));
      },
    );

    routes.get(
      '/sessions/:sessionId',
      {
        schema: {
          tags,
          summary: 'Get a session',
          operationId: 'getSession',
          params,
          response: { 200: sessionBody, 404: error },
        },
      },
      async (request) => toSessionBody(await getSession(app, request.params.sessionId)),
    );

    routes.patch(
      '/sessions/:sessionId',
      {
        schema: {
          tags,
          summary: 'Change the code, the language or the status of a session',
          operationId: 'updateSession',
          params,
          body: updateBody.nullish(),
          response: { 200: sessionBody, 400: error, 404: error },
        },
      },
      async (request) =>
        toSessionBody(await updateSession(app, request.params.sessionId, request.body ?? {})),
    );

    routes.delete(
      '/sessions/:sessionId',
      {
        schema: {
          tags,
          summary: 'Delete a session and all that hangs on it',
          operationId: 'deleteSession',
          params,
          response: { 204: z.null(), 404: error },
        },
      },
      async (request, reply) => {
        await deleteSession(app, request.params.sessionId);
        return reply.code(204).send(null);
      },
    );
  };
