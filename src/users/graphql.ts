import {
  InvalidInputError,
  InviteInvalidError,
  SessionAtCapacityError,
  SessionNotFoundError,
  UserNotFoundError,
} from '../errors.ts';
import type { EventOf } from '../events/event.ts';
import { SessionEventInterface } from '../events/graphql.ts';
import type { SessionState } from '../events/state.ts';
import { builder } from '../graphql/builder.ts';
import { parseInput } from '../validation.ts';
import type { UserJoined, UserLeft } from './events.ts';
import { joinSessionInput } from './model.ts';
import { joinSession, leaveSession } from './service.ts';

builder.objectType('User', {
  description: 'A participant of a session.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Eight characters of `0-9a-z`.' }),
    name: t.exposeString('name', { description: 'The name that was given, or a generated one.' }),
    color: t.exposeString('color', {
      description: 'A colour that nobody else in the session has: `#22d3ee`.',
    }),
    joinedAt: t.expose('joinedAt', { type: 'DateTime', description: 'When the user joined.' }),
  }),
});

builder.objectRef<EventOf<typeof UserJoined>>('UserJoined').implement({
  description: 'A user joined.',
  interfaces: [SessionEventInterface],
  fields: (t) => ({
    user: t.field({ type: 'User', description: 'Who joined.', resolve: ({ data }) => data.user }),
  }),
});

builder.objectRef<EventOf<typeof UserLeft>>('UserLeft').implement({
  description: 'A user left.',
  interfaces: [SessionEventInterface],
  fields: (t) => ({
    user: t.field({ type: 'User', description: 'Who left.', resolve: ({ data }) => data.user }),
  }),
});

builder.mutationField('joinSession', (t) =>
  t.field({
    type: builder.objectRef<Awaited<ReturnType<typeof joinSession>>>('JoinSessionPayload').implement({
      description: 'The user takes part.',
      fields: (f) => ({
        user: f.field({ type: 'User', description: 'The new user.', resolve: ({ user }) => user }),
        session: f.field({
          type: 'Session',
          description: 'The session with the new user.',
          resolve: ({ session }) => session,
        }),
        token: f.exposeString('token', {
          nullable: true,
          description: 'What the user shows from now on; null without an invite. It is shown this once.',
        }),
      }),
    }),
    description: 'Adds a user to a session; at most ten take part at once.',
    errors: { types: [SessionNotFoundError, SessionAtCapacityError, InviteInvalidError, InvalidInputError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('JoinSessionInput', {
          description: 'Who joins which session.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            name: f.string({ description: 'At most 100 characters; generated when left out or blank.' }),
            invite: f.string({ description: 'The invite to join with; needed where access is closed.' }),
          }),
        }),
        description: 'Who joins which session.',
      }),
    },
    resolve: (_root, { input: { sessionId, ...input } }, context) =>
      joinSession(context, sessionId, parseInput(joinSessionInput, input)),
  }),
);

builder.mutationField('leaveSession', (t) =>
  t.field({
    type: builder.objectRef<{ userId: string; session: SessionState }>('LeaveSessionPayload').implement({
      description: 'The user has left the session.',
      fields: (f) => ({
        userId: f.exposeID('userId', { description: 'The id that the user had.' }),
        session: f.field({
          type: 'Session',
          description: 'The session without the user.',
          resolve: ({ session }) => session,
        }),
      }),
    }),
    description: 'Removes a user from a session.',
    errors: { types: [SessionNotFoundError, UserNotFoundError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('LeaveSessionInput', {
          description: 'Who leaves which session.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            userId: f.id({ required: true, description: 'The id of the user.' }),
          }),
        }),
        description: 'Who leaves which session.',
      }),
    },
    resolve: async (_root, { input: { sessionId, userId } }, context) => ({
      userId,
      session: await leaveSession(context, sessionId, userId),
    }),
  }),
);
