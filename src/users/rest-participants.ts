import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import type { Invite, User } from '../database/generated/client.ts';
import { InviteInvalidError } from '../errors.ts';
import { error, missingFields } from '../rest/bodies.ts';
import { futureMilliseconds, milliseconds } from '../validation.ts';
import {
  EXAMPLE_USER,
  externalId,
  inviteUses,
  ROLE_SLUGS,
  roleInput,
  roleSlug,
  toUserBody,
  userBody,
  userName,
} from './model.ts';
import {
  createInvite,
  createParticipant,
  createTicket,
  invitesOf,
  revokeInvite,
  setRole,
} from './participants.ts';

const tags = ['Access'];
const params = z.object({ sessionId: z.string() });
const SECRET = 'Pu2dXxJ0yXf1v8n7sLQm4tGkR3aWcE9bZhT5oVi6UqY';
const DAY_MS = 24 * 60 * 60 * 1_000;

const EXAMPLE_INVITE = {
  id: '0k3v9x0qa7d2m5ts',
  role: 'candidate',
  usesLeft: 1,
  expiresAt: EXAMPLE_USER.joinedAt + DAY_MS,
  createdAt: EXAMPLE_USER.joinedAt,
} as const;
const EXAMPLE_MEMBER = { ...EXAMPLE_USER, role: 'candidate' } as const;

const inviteBody = z
  .object({
    id: z.string().describe('Sixteen characters of 0-9a-z; it is no secret'),
    role: roleSlug.describe('The role of who joins with it'),
    usesLeft: z.int().describe('How often somebody can join with it yet'),
    expiresAt: milliseconds,
    createdAt: milliseconds,
  })
  .meta({ id: 'Invite', examples: [EXAMPLE_INVITE] });

const newInviteBody = inviteBody
  .extend({ token: z.string().describe('What to join with; it is shown this once') })
  .meta({ id: 'NewInvite', examples: [{ ...EXAMPLE_INVITE, token: `cii_${EXAMPLE_INVITE.id}_${SECRET}` }] });

const invitesBody = z
  .object({ invites: z.array(inviteBody).describe('The oldest first') })
  .meta({ id: 'Invites', examples: [{ invites: [EXAMPLE_INVITE] }] });

const memberBody = userBody
  .extend({ role: roleSlug })
  .meta({ id: 'UserWithRole', examples: [EXAMPLE_MEMBER] });

const participantBody = z
  .object({ user: memberBody, token: z.string().describe('What the user shows; it is shown this once') })
  .meta({
    id: 'Participant',
    examples: [{ user: EXAMPLE_MEMBER, token: `cip_${EXAMPLE_INVITE.id}_${SECRET}` }],
  });

const ticketBody = z
  .object({
    token: z.string().describe('What opens event streams as `?ticket=`; it is shown this once'),
    expiresAt: milliseconds.describe('When it ends unless it is used'),
  })
  .meta({
    id: 'Ticket',
    examples: [{ token: `cit_${EXAMPLE_INVITE.id}_${SECRET}`, expiresAt: EXAMPLE_USER.joinedAt + 60_000 }],
  });

function toInviteBody({ id, role, usesLeft, expiresAt, createdAt }: Invite): z.input<typeof inviteBody> {
  return {
    id,
    role: ROLE_SLUGS[role],
    usesLeft,
    expiresAt: expiresAt.getTime(),
    createdAt: createdAt.getTime(),
  };
}

function toMemberBody(user: User): z.input<typeof memberBody> {
  return { ...toUserBody(user), role: ROLE_SLUGS[user.role] };
}

const tokenExpiresAt = futureMilliseconds
  .nullish()
  .describe('When the token ends, in Unix milliseconds: with the session when left out');

const createInviteBody = z
  .object({
    role: roleInput,
    uses: inviteUses.nullish().describe('How often somebody can join with it').meta({ default: 1 }),
    expiresAt: futureMilliseconds
      .nullish()
      .describe('When it ends, in Unix milliseconds: in 24 hours when left out'),
    userId: z
      .string()
      .nullish()
      .describe(
        'Whom it brings back, even after it has left, with this role: the older tokens of the user end',
      ),
    tokenExpiresAt,
  })
  .meta({ examples: [{ role: 'candidate' }] });

const createParticipantBody = z
  .object({
    role: roleInput,
    name: userName.nullish().describe('Generated when left out or blank'),
    externalId: externalId
      .nullish()
      .describe(
        'What your product calls the user. The same again is the same user, who keeps its name and its older tokens, even after it has left',
      ),
    tokenExpiresAt,
  })
  .meta({ examples: [{ role: 'candidate', name: 'Ada', externalId: 'user-17' }] });

const setRoleBody = z.object({ role: roleInput }).meta({ examples: [{ role: 'observer' }] });

/** The routes of invites, participants, roles and tickets. */
export const participantRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.post(
      '/sessions/:sessionId/invites',
      {
        schema: {
          tags,
          summary: 'Make an invite to a session',
          operationId: 'createInvite',
          params,
          body: createInviteBody,
          response: { 201: newInviteBody, 400: error, 404: error, 422: missingFields },
        },
      },
      async ({ params, body, caller }, reply) => {
        const { role, uses, expiresAt = null, userId = null, tokenExpiresAt = null } = body;
        const order = { role, uses: uses ?? 1, expiresAt, userId, tokenExpiresAt };
        const { invite, token } = await createInvite({ app, caller }, params.sessionId, order);
        reply.code(201);
        return { ...toInviteBody(invite), token };
      },
    );

    routes.get(
      '/sessions/:sessionId/invites',
      {
        schema: {
          tags,
          summary: 'List the invites to a session that are good for something still',
          operationId: 'listInvites',
          params,
          response: { 200: invitesBody, 404: error },
        },
      },
      async ({ params, caller }) => {
        const invites = await invitesOf({ app, caller }, params.sessionId);
        return { invites: invites.map(toInviteBody) };
      },
    );

    routes.delete(
      '/sessions/:sessionId/invites/:inviteId',
      {
        schema: {
          tags,
          summary: 'Revoke an invite',
          description: 'Who has joined with it stays.',
          operationId: 'revokeInvite',
          params: params.extend({ inviteId: z.string() }),
          response: { 204: z.null(), 404: error },
        },
      },
      async ({ params: { sessionId, inviteId }, caller }, reply) => {
        const invites = await invitesOf({ app, caller }, sessionId);
        if (!invites.some(({ id }) => id === inviteId)) throw new InviteInvalidError();
        await revokeInvite({ app, caller }, inviteId);
        return reply.code(204).send(null);
      },
    );

    routes.post(
      '/sessions/:sessionId/participants',
      {
        schema: {
          tags,
          summary: 'Add a user to a session without an invite, or bring one back',
          operationId: 'createParticipant',
          params,
          body: createParticipantBody,
          response: { 201: participantBody, 400: error, 404: error, 409: error, 422: missingFields },
        },
      },
      async ({ params, body: { tokenExpiresAt = null, ...entry }, caller }, reply) => {
        const input = { ...entry, tokenExpiresAt };
        const { user, token } = await createParticipant({ app, caller }, params.sessionId, input);
        reply.code(201);
        return { user: toMemberBody(user), token };
      },
    );

    routes.patch(
      '/sessions/:sessionId/users/:userId',
      {
        schema: {
          tags,
          summary: 'Give a user another role',
          description: 'Its tokens stay; its connections end, and come back with the role.',
          operationId: 'setRole',
          params: params.extend({ userId: z.string() }),
          body: setRoleBody,
          response: { 200: memberBody, 400: error, 404: error, 422: missingFields },
        },
      },
      async ({ params, body: { role }, caller }) =>
        toMemberBody(await setRole({ app, caller }, params, role)),
    );

    routes.post(
      '/tickets',
      {
        schema: {
          tags,
          summary: 'Make a ticket, which opens event streams by URL',
          description:
            'For those who show a participant token. It is good for 60 seconds, and for five minutes after each use.',
          operationId: 'createTicket',
          response: { 201: ticketBody },
        },
      },
      async ({ caller }, reply) => {
        const { token, expiresAt } = await createTicket({ app, caller });
        reply.code(201);
        return { token, expiresAt: expiresAt.getTime() };
      },
    );
  };
