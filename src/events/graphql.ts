import { resolveCursorConnection } from '@pothos/plugin-relay';
import { decide } from '../access/decide.ts';
import { type Actor, actorOfReference } from '../access/identity.ts';
import { builder, DEFAULT_PAGE, pageComplexity } from '../graphql/builder.ts';
import { SourceIterable } from '../streams/iterable.ts';
import type { TextChange } from '../text/text-change.ts';
import { parseLastEventId } from '../transport/last-event-id.ts';
import type { SessionDeleted } from './deleted.ts';
import type { CodeEdit } from './edits.ts';
import type { EventOf, SessionEvent } from './event.ts';
import { readRange } from './log.ts';
import { fromCursor, MAX_PAGE, toCursor } from './page.ts';
import { followEvents } from './stream.ts';

const ActorKind = builder.enumType('ActorKind', {
  description: 'What somebody is who does something.',
  values: {
    USER: { value: 'USER', description: 'A user of the session.' },
    API_KEY: { value: 'API_KEY', description: 'A program that shows an API key.' },
    OIDC: { value: 'OIDC', description: 'Somebody whom the OpenID provider of the operator knows.' },
    SYSTEM: { value: 'SYSTEM', description: 'The server itself.' },
  } as const,
});

/** Who did something. */
export const ActorObject = builder.objectRef<Actor>('Actor').implement({
  description: 'Who did something. No client can choose it where access is closed.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ActorKind, description: 'What it is.' }),
    id: t.exposeID('id', {
      nullable: true,
      description:
        'The id of the user or the key, or the one that the OpenID provider gives; null for the server.',
    }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'The name that it had then; null where it has none, or it was not recorded.',
    }),
  }),
});

/** What every kind of event implements in GraphQL. */
export const SessionEventInterface = builder.interfaceRef<SessionEvent>('SessionEvent').implement({
  description: 'One entry of a session’s log; the objects in it are as they were after it.',
  resolveType: ({ type }) => type,
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'Its number in the session, from 1 without a gap.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    sessionId: t.exposeID('sessionId', { description: 'The session that it happened in.' }),
    actor: t.field({
      type: ActorObject,
      nullable: true,
      description: 'Who did it; null for nobody in particular.',
      resolve: ({ actor, actorName }) => actorOfReference(actor, actorName),
    }),
  }),
});

/** One place of an edit. */
export const TextChangeObject = builder.objectRef<TextChange>('TextChange').implement({
  description: 'One place of an edit.',
  fields: (t) => ({
    at: t.exposeInt('at', { description: 'Where, in UTF-16 units of the text before the edit.' }),
    delete: t.exposeInt('delete', { description: 'How many UTF-16 units were deleted from there on.' }),
    insert: t.exposeString('insert', { description: 'What was inserted there.' }),
  }),
});

/** One edit of an event. */
export const CodeEditObject = builder.objectRef<CodeEdit>('CodeEdit').implement({
  description:
    'One edit of the code: a single one that has an id, or all that one user did since the event before.',
  fields: (t) => ({
    userId: t.exposeID('userId', {
      nullable: true,
      description: 'Who did it; null for nobody in particular.',
    }),
    id: t.exposeString('id', { nullable: true, description: 'The id that its client gave it.' }),
    changes: t.field({
      type: [TextChangeObject],
      description: 'The places in ascending order.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ changes }) => [...changes],
    }),
    update: t.field({
      type: 'Base64',
      description: 'The same for a Yjs document; it changes nothing while nobody has opened one.',
      resolve: ({ update }) => update,
    }),
  }),
});

builder.objectRef<EventOf<typeof SessionDeleted>>('SessionDeleted').implement({
  description: 'The session was deleted; no event follows.',
  interfaces: [SessionEventInterface],
});

builder.objectField('Session', 'events', (t) =>
  t.connection(
    {
      type: SessionEventInterface,
      description: 'What happened in it so far, oldest first.',
      complexity: pageComplexity,
      resolve: (session, args, { app, caller }) =>
        resolveCursorConnection<Promise<SessionEvent[]>>(
          {
            args,
            defaultSize: DEFAULT_PAGE,
            maxSize: MAX_PAGE,
            toCursor: (event: SessionEvent) => toCursor(event),
          },
          ({ after, before, limit, inverted }) =>
            readRange(app.store, decide(caller, 'READ', session), {
              after: after === undefined ? 0 : fromCursor('after', session.id, after),
              // A session inside an event shows the state at that event, and its list of events ends there.
              before:
                before === undefined
                  ? session.seq + 1
                  : Math.min(fromCursor('before', session.id, before), session.seq + 1),
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
    subscribe: async (_root, { sessionId, after }, { app, caller, lastEventId }) => {
      const permit = await app.sessions.permit(caller, 'READ', sessionId);
      return new SourceIterable(
        await followEvents(app, permit, parseLastEventId(lastEventId) ?? after ?? null),
      );
    },
    resolve: (event) => event,
  }),
);
