import { resolveCursorConnection } from '@pothos/plugin-relay';
import { builder, DEFAULT_PAGE, pageComplexity } from '../graphql/builder.ts';
import { readRange } from './log.ts';
import { type EventOf, parseLastEventId, SESSION_FIELDS, type SessionEvent } from './model.ts';
import { fromCursor, MAX_PAGE, toCursor } from './page.ts';
import { followEvents } from './stream.ts';

const SessionEventInterface = builder.interfaceRef<SessionEvent>('SessionEvent').implement({
  description: 'One entry of a session’s log; the objects in it are as they were after it.',
  resolveType: ({ type }) => type,
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'Its number in the session, from 1 without a gap.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    sessionId: t.exposeID('sessionId', { description: 'The session that it happened in.' }),
  }),
});

const interfaces = [SessionEventInterface];

builder.objectRef<EventOf<'SessionCreated'>>('SessionCreated').implement({
  description: 'The session was created; always event 1.',
  interfaces,
  fields: (t) => ({
    session: t.field({ type: 'Session', description: 'The new session.', resolve: ({ session }) => session }),
  }),
});

const SessionField = builder.enumType('SessionField', {
  description: 'A field of a session that an update can change.',
  values: Object.fromEntries(
    SESSION_FIELDS.map((field) => [field.toUpperCase(), { value: field, description: `The ${field}.` }]),
  ),
});

builder.objectRef<EventOf<'SessionUpdated'>>('SessionUpdated').implement({
  description: 'The code, the language or the status changed.',
  interfaces,
  fields: (t) => ({
    session: t.field({
      type: 'Session',
      description: 'The session after the change.',
      resolve: ({ session }) => session,
    }),
    changed: t.field({
      type: [SessionField],
      description: 'The fields whose value differs from before.',
      resolve: ({ changed }) => changed,
    }),
  }),
});

builder.objectRef<EventOf<'SessionDeleted'>>('SessionDeleted').implement({
  description: 'The session was deleted; no event follows.',
  interfaces,
});

builder.objectRef<EventOf<'UserJoined'>>('UserJoined').implement({
  description: 'A user joined.',
  interfaces,
  fields: (t) => ({
    user: t.field({ type: 'User', description: 'Who joined.', resolve: ({ user }) => user }),
  }),
});

builder.objectRef<EventOf<'UserLeft'>>('UserLeft').implement({
  description: 'A user left.',
  interfaces,
  fields: (t) => ({
    user: t.field({ type: 'User', description: 'Who left.', resolve: ({ user }) => user }),
  }),
});

builder.objectRef<EventOf<'ExecutionStarted'>>('ExecutionStarted').implement({
  description: 'A program started.',
  interfaces,
  fields: (t) => ({
    execution: t.field({
      type: 'Execution',
      description: 'The execution as it started.',
      resolve: ({ execution }) => execution,
    }),
  }),
});

builder.objectRef<EventOf<'ExecutionFinished'>>('ExecutionFinished').implement({
  description: 'A program ended.',
  interfaces,
  fields: (t) => ({
    execution: t.field({
      type: 'Execution',
      description: 'The execution as it ended.',
      resolve: ({ execution }) => execution,
    }),
  }),
});

builder.prismaObjectField('Session', 'events', (t) =>
  t.connection(
    {
      type: SessionEventInterface,
      description: 'What happened in it so far, oldest first.',
      complexity: pageComplexity,
      resolve: ({ id, seq }, args, { app }) =>
        resolveCursorConnection<Promise<SessionEvent[]>>(
          {
            args,
            defaultSize: DEFAULT_PAGE,
            maxSize: MAX_PAGE,
            toCursor: (event: SessionEvent) => toCursor(event),
          },
          ({ after, before, limit, inverted }) =>
            readRange(app, id, {
              after: after === undefined ? 0 : fromCursor('after', id, after),
              // A session inside an event is as it was then, and so is its log.
              before: before === undefined ? seq + 1 : Math.min(fromCursor('before', id, before), seq + 1),
              limit,
              newestFirst: inverted,
            }),
        ),
    },
    { name: 'SessionEventsConnection' },
    { name: 'SessionEventsConnectionEdge' },
  ),
);

builder.subscriptionField('sessionEvents', (t) =>
  t.field({
    type: SessionEventInterface,
    description: 'Every event after `after`, in order and once; without `after`, those from now on.',
    args: {
      sessionId: t.arg.id({ required: true, description: 'The id of the session.' }),
      after: t.arg.int({
        description:
          'The `seq` of the last event that the client has seen; 0 is the whole log. The header `Last-Event-ID` wins over it.',
      }),
    },
    subscribe: (_root, { sessionId, after }, { app, lastEventId }) =>
      followEvents(app, sessionId, parseLastEventId(lastEventId) ?? after ?? null),
    resolve: (event) => event,
  }),
);
