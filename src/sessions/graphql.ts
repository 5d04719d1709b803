import { decide } from '../access/decide.ts';
import { locksOf } from '../access/rights.ts';
import { SessionStatus } from '../database/generated/enums.ts';
import { sessionAt } from '../documents/service.ts';
import {
  BaseOutsideLogError,
  DocumentTooLargeError,
  InvalidInputError,
  SessionNotFoundError,
} from '../errors.ts';
import type { EventOf } from '../events/event.ts';
import { CodeEditObject, SessionEventInterface } from '../events/graphql.ts';
import type { SessionCreated, SessionUpdated } from '../events/session-events.ts';
import { SESSION_FIELDS, type SessionState } from '../events/state.ts';
import { followSession } from '../events/stream.ts';
import { builder, pageComplexity } from '../graphql/builder.ts';
import { checkCursors } from '../graphql/cursors.ts';
import { keepAnswersOf, ownPart } from '../graphql/kept-answers.ts';
import { LanguageEnum } from '../graphql/language.ts';
import { SourceIterable } from '../streams/iterable.ts';
import { parseInput } from '../validation.ts';
import { createSessionInput, updateSessionInput } from './model.ts';
import { createSession, deleteSession, updateSession } from './service.ts';

const SessionStatusEnum = builder.enumType('SessionStatus', {
  description: 'Whether an interview goes on.',
  values: {
    ACTIVE: { value: SessionStatus.ACTIVE, description: 'It goes on.' },
    COMPLETED: { value: SessionStatus.COMPLETED, description: 'It is over.' },
  },
});

const LockEnum = builder.enumType('Lock', {
  description: 'What the candidates of a session can be kept from.',
  values: {
    EDITING: { value: 'EDITING', description: 'To edit the program and its language.' },
    RUNNING: { value: 'RUNNING', description: 'To run programs, to give them input and to cancel them.' },
  } as const,
});

builder.objectType('Session', {
  description: 'One interview: a program that up to ten users edit and run together.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Ten characters of `0-9a-z`; sharing it is inviting.' }),
    code: t.exposeString('code', { description: 'The program.' }),
    language: t.expose('language', { type: LanguageEnum, description: 'The language of the program.' }),
    status: t.expose('status', { type: SessionStatusEnum, description: 'Whether the interview goes on.' }),
    locks: t.field({
      type: [LockEnum],
      description: 'What candidates are kept from.',
      resolve: (session) => locksOf(session),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is completed by itself, and its tokens end; null for never.',
    }),
    users: t.field({
      type: ['User'],
      description: 'Who takes part, in order of joining; at most ten.',
      extensions: ownPart,
      resolve: ({ users }) => users,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When its latest event happened.' }),
    seq: t.exposeInt('seq', { description: 'The number of its latest event; 1 for a new session.' }),
    executions: t.prismaConnection({
      type: 'Execution',
      description: 'The programs that were run in it, newest first.',
      cursor: 'id',
      complexity: pageComplexity,
      resolve: (query, session, args, { app, caller }) => {
        checkCursors(args);
        const { sessionId } = decide(caller, 'READ', session);
        const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
        return app.db.execution.findMany({ ...query, where: { sessionId }, orderBy });
      },
    }),
  }),
});

builder.objectRef<EventOf<typeof SessionCreated>>('SessionCreated').implement({
  description: 'The session was created; always event 1.',
  interfaces: [SessionEventInterface],
  fields: (t) => ({
    session: t.field({
      type: 'Session',
      description: 'The new session.',
      resolve: ({ data }) => data.session,
    }),
  }),
});

const SessionField = builder.enumType('SessionField', {
  description: 'A field of a session that an update can change.',
  values: Object.fromEntries(
    SESSION_FIELDS.map((field) => [
      field.replace('At', '_at').toUpperCase(),
      { value: field, description: `The field \`${field}\`.` },
    ]),
  ),
});

builder.objectRef<EventOf<typeof SessionUpdated>>('SessionUpdated').implement({
  description: 'A field of the session changed.',
  interfaces: [SessionEventInterface],
  fields: (t) => ({
    session: t.field({
      type: 'Session',
      description: 'The session after the change.',
      resolve: ({ data }) => data.session,
    }),
    changed: t.field({
      type: [SessionField],
      description: 'The fields whose value differs from before.',
      resolve: ({ data }) => data.changed,
    }),
    edits: t.field({
      type: [CodeEditObject],
      description: 'What changed the code, one after the other; empty if it did not change.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ data }) => data.edits,
    }),
  }),
});

keepAnswersOf('session', (id, { app, caller }) => app.sessions.find(caller, id));

builder.queryField('session', (t) =>
  t.field({
    type: 'Session',
    nullable: true,
    description: 'The session with this id, or null.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of the session.' }),
      at: t.arg.int({ description: 'The `seq` of an event: the session as it was after it.' }),
    },
    resolve: (root, { id, at }, { app, caller }) =>
      at == null ? (root?.loaded ?? app.sessions.find(caller, id)) : sessionAt({ app, caller }, id, at),
  }),
);

builder.subscriptionField('session', (t) =>
  t.field({
    type: 'Session',
    description:
      'The session as it is now, then again after changes: at most 20 times a second, and a slow reader skips states.',
    args: { id: t.arg.id({ required: true, description: 'The id of the session.' }) },
    subscribe: async (_root, { id }, { app, caller }) =>
      new SourceIterable(await followSession(app, await app.sessions.permit(caller, 'READ', id))),
    resolve: (session) => session,
  }),
);

const SessionPayload = (name: string, description: string) =>
  builder.objectRef<{ session: SessionState }>(name).implement({
    description,
    fields: (t) => ({
      session: t.field({
        type: 'Session',
        description: 'The session after the change.',
        resolve: ({ session }) => session,
      }),
    }),
  });

builder.mutationField('createSession', (t) =>
  t.field({
    type: SessionPayload('CreateSessionPayload', 'The session was created.'),
    description: 'Creates a session.',
    errors: { types: [InvalidInputError] },
    args: {
      input: t.arg({
        type: builder.inputType('CreateSessionInput', {
          description: 'What a new session starts with.',
          fields: (f) => ({
            language: f.field({ type: LanguageEnum, description: 'JAVASCRIPT when left out.' }),
            code: f.string({ description: 'A starter program when left out.' }),
          }),
        }),
        description: 'What the session starts with.',
      }),
    },
    resolve: async (_root, { input }, context) => ({
      session: await createSession(context, parseInput(createSessionInput, input ?? {})),
    }),
  }),
);

builder.mutationField('updateSession', (t) =>
  t.field({
    type: SessionPayload('UpdateSessionPayload', 'The session is as wanted.'),
    description: 'Changes what is given; a change to what it is already records no event.',
    errors: {
      types: [SessionNotFoundError, InvalidInputError, BaseOutsideLogError, DocumentTooLargeError],
    },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('UpdateSessionInput', {
          description: 'What to change; at least one field beside the id.',
          fields: (f) => ({
            id: f.id({ required: true, description: 'The id of the session.' }),
            code: f.string({ description: 'The whole new program.' }),
            baseSeq: f.int({
              description:
                'The `seq` of the program that `code` was made of: what others have changed since stays.',
            }),
            language: f.field({ type: LanguageEnum, description: 'The new language.' }),
            status: f.field({ type: SessionStatusEnum, description: 'The new status.' }),
            locks: f.field({
              type: [LockEnum],
              description: 'What candidates are kept from now on; none for an empty list.',
            }),
            expiresAt: f.field({
              type: 'DateTime',
              description: 'When it is completed by itself, in the future; null takes the end away.',
            }),
          }),
        }),
        description: 'What to change.',
      }),
    },
    resolve: async (_root, { input: { id, ...input } }, context) => ({
      session: await updateSession(context, id, parseInput(updateSessionInput, input)),
    }),
  }),
);

builder.mutationField('deleteSession', (t) =>
  t.field({
    type: builder.objectRef<{ id: string }>('DeleteSessionPayload').implement({
      description: 'The session is gone, with all that hung on it.',
      fields: (f) => ({ id: f.exposeID('id', { description: 'The id that it had.' }) }),
    }),
    description: 'Deletes a session, its users, executions and events, and ends its streams.',
    errors: { types: [SessionNotFoundError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('DeleteSessionInput', {
          description: 'Which session to delete.',
          fields: (f) => ({ id: f.id({ required: true, description: 'The id of the session.' }) }),
        }),
        description: 'Which session to delete.',
      }),
    },
    resolve: async (_root, { input: { id } }, context) => {
      await deleteSession(context, id);
      return { id };
    },
  }),
);
