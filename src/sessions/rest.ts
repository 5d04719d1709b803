import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LOCKS } from '../access/rights.ts';
import type { AppContext } from '../app.ts';
import { SessionStatus } from '../database/generated/enums.ts';
import { codeEditBody, defineEventBody } from '../events/rest-bodies.ts';
import { SessionCreated, SessionUpdated } from '../events/session-events.ts';
import { SESSION_FIELDS, type SessionState } from '../events/state.ts';
import { LANGUAGES } from '../languages.ts';
import { memoize } from '../memoize.ts';
import { error, language, languageSlug } from '../rest/bodies.ts';
import { EXAMPLE_USER, toUserBody, userBody } from '../users/model.ts';
import { codeText, futureMilliseconds, milliseconds, slugInput } from '../validation.ts';
import { createSession, deleteSession, getSession, updateSession } from './service.ts';

const tags = ['Sessions'];
const params = z.object({ sessionId: z.string() });

const STATUS_SLUGS = { ACTIVE: 'active', COMPLETED: 'completed' } as const;
const statusSlug = z.enum(Object.values(STATUS_SLUGS));
const LOCK_SLUGS = { EDITING: 'editing', RUNNING: 'running' } as const;

const EXAMPLE_SESSION = {
  id: '4f1zq8w2m0',
  code: 'print(6 * 7)',
  language: 'python',
  users: [EXAMPLE_USER],
  createdAt: 1_767_225_600_000,
  status: 'active',
};

/** A session as REST shows it. */
export const sessionBody = z
  .object({
    id: z.string().describe('Ten characters of 0-9a-z'),
    code: z.string(),
    language: languageSlug,
    users: z.array(userBody).describe('In order of joining'),
    createdAt: milliseconds,
    status: statusSlug,
  })
  .meta({ id: 'Session', examples: [EXAMPLE_SESSION] });

type SessionBody = z.input<typeof sessionBody>;

/** Returns the body of a session for REST: made once for each of its states. */
export const toSessionBody = memoize((session: SessionState): SessionBody => {
  const { id, code, language, users, createdAt, status } = session;
  return {
    id,
    code,
    language: LANGUAGES[language].slug,
    users: users.map(toUserBody),
    createdAt: createdAt.getTime(),
    status: STATUS_SLUGS[status],
  };
});

/** Sends a session with its version: clients that poll send it back, and get 304 until something has happened. */
function sendSession(reply: FastifyReply, session: SessionState): SessionBody {
  reply.header('etag', `"${session.seq}"`);
  return toSessionBody(session);
}

defineEventBody(SessionCreated, { session: sessionBody }, ({ session }) => ({
  session: toSessionBody(session),
}));
defineEventBody(
  SessionUpdated,
  { session: sessionBody, changed: z.array(z.enum(SESSION_FIELDS)), edits: z.array(codeEditBody) },
  ({ session, changed, edits }) => ({
    session: toSessionBody(session),
    changed,
    edits: edits.map((edit) => ({ ...edit, changes: [...edit.changes] })),
  }),
);

const status = slugInput(Object.values(SessionStatus), (value) => STATUS_SLUGS[value]);
const lock = slugInput(LOCKS, (value) => LOCK_SLUGS[value]);
const createBody = z.object({
  language: language.optional().meta({ default: 'javascript' }),
  code: codeText.nullish().describe('A starter program when left out'),
});
const updateBody = z.object({
  code: codeText.nullish(),
  baseSeq: z
    .int()
    .nullish()
    .describe('The `ETag` of the code that this one was made of: what others have changed since stays'),
  language: language.nullish(),
  status: status.nullish(),
  locks: z.array(lock).nullish().describe('What candidates must not do: `editing`, `running`'),
  expiresAt: futureMilliseconds
    .nullish()
    .describe('When the session is completed by itself, in Unix milliseconds; null for never'),
});

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
          body: createBody.nullish().meta({ examples: [{ language: 'python' }] }),
          response: { 201: sessionBody, 400: error },
        },
      },
      async (request, reply) => {
        reply.code(201);
        return sendSession(reply, await createSession({ app, caller: request.caller }, request.body ?? {}));
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
          description: 'Its `ETag` is the number of its latest event.',
          headers: z.object({ 'if-none-match': z.string().optional().describe('The `ETag` that you have') }),
          response: { 200: sessionBody, 304: z.null(), 404: error },
        },
      },
      async ({ params, caller }, reply) =>
        sendSession(reply, await getSession({ app, caller }, params.sessionId)),
    );

    routes.patch(
      '/sessions/:sessionId',
      {
        schema: {
          tags,
          summary: 'Change the code, the language, the status, the locks or the end of a session',
          operationId: 'updateSession',
          params,
          body: updateBody.nullish().meta({ examples: [{ code: 'print(6 * 7)', language: 'python' }] }),
          response: { 200: sessionBody, 400: error, 404: error, 409: error, 413: error },
        },
      },
      async ({ params, body, caller }, reply) =>
        sendSession(reply, await updateSession({ app, caller }, params.sessionId, body ?? {})),
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
        await deleteSession({ app, caller: request.caller }, request.params.sessionId);
        return reply.code(204).send(null);
      },
    );
  };
