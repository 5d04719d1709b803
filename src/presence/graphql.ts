import { JSONResolver } from 'graphql-scalars';
import { InvalidInputError, UserNotFoundError, UserOfflineError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { SourceIterable } from '../streams/iterable.ts';
import { parseInput } from '../validation.ts';
import { presenceChange, type SessionPresence, type UserPresence } from './model.ts';
import { followPresence, lastSeenAt, updatePresence } from './service.ts';

builder.addScalarType('JSON', JSONResolver, {
  description: 'Any JSON: what one client writes, the others read as it is.',
});

builder.objectFields('User', (t) => ({
  online: t.boolean({
    description: 'Whether a connection that names the user is open, now: also inside an event.',
    resolve: ({ sessionId, id }, _args, { app }) =>
      app.presence.find({ sessionId, userId: id }) !== undefined,
  }),
  lastSeenAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When such a connection was last open; null when none ever was.',
    resolve: ({ sessionId, id }, _args, { app }) => lastSeenAt(app, { sessionId, userId: id }),
  }),
}));

const UserPresenceType = builder.objectRef<UserPresence>('UserPresence').implement({
  description: 'What a user who is online does at the moment. It is never stored.',
  fields: (t) => ({
    userId: t.exposeID('userId', { description: 'The id of the user.' }),
    cursor: t.expose('cursor', { type: 'JSON', nullable: true, description: 'Where the cursor is.' }),
    selection: t.expose('selection', { type: 'JSON', nullable: true, description: 'What is selected.' }),
    typing: t.exposeBoolean('typing', { description: 'Whether the user types.' }),
  }),
});

const SessionPresenceType = builder.objectRef<SessionPresence>('SessionPresence').implement({
  description: 'Who is online in a session.',
  fields: (t) => ({
    sessionId: t.exposeID('sessionId', { description: 'The id of the session.' }),
    users: t.field({
      type: [UserPresenceType],
      description: 'Everybody who is online, each once.',
      resolve: ({ users }) => [...users],
    }),
  }),
});

builder.mutationField('updatePresence', (t) =>
  t.field({
    type: builder.objectRef<{ presence: UserPresence }>('UpdatePresencePayload').implement({
      description: 'The others in the session are told.',
      fields: (f) => ({
        presence: f.field({
          type: UserPresenceType,
          description: 'What the user does now.',
          resolve: ({ presence }) => presence,
        }),
      }),
    }),
    description:
      'Tells the others in a session what a user who is online does. It is gone with its connections.',
    errors: { types: [UserNotFoundError, UserOfflineError, InvalidInputError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('UpdatePresenceInput', {
          description: 'What the user does; what is left out stays as it was, null clears it.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            userId: f.id({ required: true, description: 'The id of the user.' }),
            cursor: f.field({
              type: 'JSON',
              description: 'Where the cursor is; with the selection at most 1,024 characters of JSON.',
            }),
            selection: f.field({ type: 'JSON', description: 'What is selected.' }),
            typing: f.boolean({ description: 'Whether the user types.' }),
          }),
        }),
        description: 'What the user does.',
      }),
    },
    resolve: async (_root, { input: { sessionId, userId, ...change } }, context) => ({
      presence: await updatePresence(context, { sessionId, userId }, parseInput(presenceChange, change)),
    }),
  }),
);

builder.subscriptionField('presence', (t) =>
  t.field({
    type: SessionPresenceType,
    description: 'Who is online, now and after changes; at most twenty times a second.',
    args: { sessionId: t.arg.id({ required: true, description: 'The id of the session.' }) },
    subscribe: async (_root, { sessionId }, { app, caller }) =>
      new SourceIterable(await followPresence(app, await app.sessions.permit(caller, 'READ', sessionId))),
    resolve: (presence) => presence,
  }),
);
