import { actorOfReference } from '../access/identity.ts';
import type { Invite, User } from '../database/generated/client.ts';
import { Role } from '../database/generated/enums.ts';
import {
  InvalidInputError,
  InviteInvalidError,
  SessionAtCapacityError,
  SessionNotFoundError,
  UserNotFoundError,
} from '../errors.ts';
import type { EventOf } from '../events/event.ts';
import { ActorObject, SessionEventInterface } from '../events/graphql.ts';
import { builder } from '../graphql/builder.ts';
import { parseInput } from '../validation.ts';
import type { RoleChanged } from './events.ts';
import { createInviteInput, createParticipantInput } from './model.ts';
import {
  createInvite,
  createParticipant,
  createTicket,
  invitesOf,
  revokeInvite,
  setRole,
  userOfInvite,
} from './participants.ts';

/** What somebody may do in a session. */
export const RoleEnum = builder.enumType('Role', {
  description: 'What somebody may do in a session. Where access is open, everybody is a host.',
  values: {
    HOST: { value: Role.HOST, description: 'Everything.' },
    CANDIDATE: {
      value: Role.CANDIDATE,
      description: 'Edits and runs the program while the session allows it.',
    },
    OBSERVER: { value: Role.OBSERVER, description: 'Reads.' },
  },
});

builder.objectField('User', 'role', (t) =>
  t.expose('role', { type: RoleEnum, description: 'What the user may do.' }),
);

const InviteType = builder.objectRef<Invite>('Invite').implement({
  description: 'Lets people join a session with a role.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Sixteen characters of `0-9a-z`. It is no secret.' }),
    role: t.expose('role', { type: RoleEnum, description: 'The role of who joins with it.' }),
    usesLeft: t.exposeInt('usesLeft', { description: 'How often somebody can join with it yet.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    createdBy: t.field({
      type: ActorObject,
      nullable: true,
      description: 'Who made it; null for nobody in particular.',
      resolve: ({ createdBy, createdByName }) => actorOfReference(createdBy, createdByName),
    }),
    user: t.field({
      type: 'User',
      nullable: true,
      description: 'Whom it brings back, who may have left; null when it is for somebody new.',
      resolve: (invite, _args, context) => userOfInvite(context, invite),
    }),
  }),
});

builder.objectField('Session', 'invites', (t) =>
  t.field({
    type: [InviteType],
    description: 'The invites that are good for something still, the oldest first; for hosts alone.',
    resolve: ({ id }, _args, context) => invitesOf(context, id),
  }),
);

builder.mutationField('createInvite', (t) =>
  t.field({
    type: builder.objectRef<{ invite: Invite; token: string }>('CreateInvitePayload').implement({
      description: 'The invite was made.',
      fields: (f) => ({
        invite: f.field({ type: InviteType, description: 'The invite.', resolve: ({ invite }) => invite }),
        token: f.exposeString('token', { description: 'What to join with. It is shown this once.' }),
      }),
    }),
    description: 'Makes an invite to a session.',
    errors: { types: [SessionNotFoundError, UserNotFoundError, InvalidInputError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('CreateInviteInput', {
          description: 'Who may join which session.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            role: f.field({ type: RoleEnum, required: true, description: 'The role of who joins with it.' }),
            uses: f.int({ defaultValue: 1, description: 'How often somebody can join with it.' }),
            expiresAt: f.field({ type: 'DateTime', description: 'When it ends: in 24 hours when left out.' }),
            userId: f.id({
              description:
                'Whom it brings back, even after it has left, with this role: the older tokens of the user end.',
            }),
            tokenExpiresAt: f.field({
              type: 'DateTime',
              description: 'When the tokens end that it gives: with the session when left out.',
            }),
          }),
        }),
        description: 'Who may join which session.',
      }),
    },
    resolve: (_root, { input: { sessionId, ...input } }, context) =>
      createInvite(context, sessionId, parseInput(createInviteInput, input)),
  }),
);

builder.mutationField('revokeInvite', (t) =>
  t.field({
    type: builder.objectRef<{ invite: Invite }>('RevokeInvitePayload').implement({
      description: 'Nobody can join with the invite any more.',
      fields: (f) => ({
        invite: f.field({ type: InviteType, description: 'As it was.', resolve: ({ invite }) => invite }),
      }),
    }),
    description: 'Ends an invite. Who has joined with it stays.',
    errors: { types: [InviteInvalidError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('RevokeInviteInput', {
          description: 'Which invite to end.',
          fields: (f) => ({ id: f.id({ required: true, description: 'The id of the invite.' }) }),
        }),
        description: 'Which invite to end.',
      }),
    },
    resolve: async (_root, { input: { id } }, context) => ({ invite: await revokeInvite(context, id) }),
  }),
);

builder.mutationField('createParticipant', (t) =>
  t.field({
    type: builder.objectRef<{ user: User; token: string }>('CreateParticipantPayload').implement({
      description: 'The user takes part.',
      fields: (f) => ({
        user: f.field({ type: 'User', description: 'The user.', resolve: ({ user }) => user }),
        token: f.exposeString('token', { description: 'What the user shows. It is shown this once.' }),
      }),
    }),
    description: 'Adds a user to a session without an invite, or brings one back by its `externalId`.',
    errors: { types: [SessionNotFoundError, SessionAtCapacityError, InvalidInputError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('CreateParticipantInput', {
          description: 'Who takes part in which session.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            role: f.field({ type: RoleEnum, required: true, description: 'The role of the user.' }),
            name: f.string({ description: 'At most 100 characters; generated when left out or blank.' }),
            externalId: f.string({
              description:
                'What your product calls the user, at most 200 characters. The same again is the same user, who keeps its name and its older tokens, even after it has left.',
            }),
            tokenExpiresAt: f.field({
              type: 'DateTime',
              description: 'When the token ends: with the session when left out.',
            }),
          }),
        }),
        description: 'Who takes part in which session.',
      }),
    },
    resolve: (_root, { input: { sessionId, ...input } }, context) =>
      createParticipant(context, sessionId, parseInput(createParticipantInput, input)),
  }),
);

builder.objectRef<EventOf<typeof RoleChanged>>('RoleChanged').implement({
  description: 'A user got another role.',
  interfaces: [SessionEventInterface],
  fields: (t) => ({
    user: t.field({ type: 'User', description: 'Who, with the new role.', resolve: ({ data }) => data.user }),
  }),
});

builder.mutationField('setRole', (t) =>
  t.field({
    type: builder.objectRef<{ user: User }>('SetRolePayload').implement({
      description: 'The user has the role.',
      fields: (f) => ({
        user: f.field({ type: 'User', description: 'The user.', resolve: ({ user }) => user }),
      }),
    }),
    description:
      'Gives a user another role. Its tokens stay; its connections end, and come back with the role.',
    errors: { types: [SessionNotFoundError, UserNotFoundError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('SetRoleInput', {
          description: 'Whose role to set.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            userId: f.id({ required: true, description: 'The id of the user.' }),
            role: f.field({ type: RoleEnum, required: true, description: 'The role.' }),
          }),
        }),
        description: 'Whose role to set.',
      }),
    },
    resolve: async (_root, { input: { sessionId, userId, role } }, context) => ({
      user: await setRole(context, { sessionId, userId }, role),
    }),
  }),
);

builder.mutationField('createTicket', (t) =>
  t.field({
    type: builder.objectRef<{ token: string; expiresAt: Date }>('CreateTicketPayload').implement({
      description: 'The ticket was made.',
      fields: (f) => ({
        token: f.exposeString('token', {
          description: 'What opens streams as `?ticket=`. It is shown this once.',
        }),
        expiresAt: f.expose('expiresAt', {
          type: 'DateTime',
          description: 'When it ends unless it is used.',
        }),
      }),
    }),
    description:
      'Makes a ticket, which opens event streams by URL with the rights of the token that asks for it.',
    errors: { types: [InvalidInputError] },
    resolve: (_root, _args, context) => createTicket(context),
  }),
);
