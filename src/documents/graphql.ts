import { decide } from '../access/decide.ts';
import {
  BaseOutsideLogError,
  DocumentTooLargeError,
  EditRefusedError,
  InvalidInputError,
  SessionNotFoundError,
  UserNotFoundError,
} from '../errors.ts';
import { TextChangeObject } from '../events/graphql.ts';
import type { SessionState } from '../events/state.ts';
import { builder } from '../graphql/builder.ts';
import { SourceIterable } from '../streams/iterable.ts';
import { parseInput } from '../validation.ts';
import { readDocument } from './change.ts';
import { editInput } from './model.ts';
import { type EditResult, editSession, mergeDocument } from './service.ts';
import { type DocumentUpdate, followDocument, readMissing } from './updates.ts';

/** What a document that is encoded whole costs, in fields. */
const STATE_COMPLEXITY = 100;

const DocumentObject = builder.objectRef<SessionState>('Document').implement({
  description: 'The code of a session as a document that merges edits: a Yjs document with the text `code`.',
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'The number of the event after which the text is this.' }),
    text: t.exposeString('code', { description: 'The text.' }),
    epoch: t.int({
      description: 'The number of the Yjs document. Yjs documents of other epochs cannot be merged with it.',
      resolve: (session, _args, { app, caller }) =>
        readDocument(app, decide(caller, 'READ', session), ({ epoch }) => epoch),
    }),
    state: t.field({
      type: 'Base64',
      description: 'A Yjs update: what a document with this state vector lacks, to be as it is now.',
      complexity: STATE_COMPLEXITY,
      args: {
        vector: t.arg({ type: 'Base64', description: 'A Yjs state vector; without it, the whole state.' }),
      },
      resolve: async (session, { vector }, { app, caller }) =>
        (await readMissing(app, decide(caller, 'READ', session), vector ?? undefined)).update,
    }),
  }),
});

builder.objectField('Session', 'document', (t) =>
  t.field({
    type: DocumentObject,
    description: 'Its code as a document that merges edits.',
    resolve: (session) => session,
  }),
);

builder.mutationField('editSession', (t) =>
  t.field({
    type: builder.objectRef<EditResult>('EditSessionPayload').implement({
      description: 'The edit is made.',
      fields: (f) => ({
        session: f.field({
          type: 'Session',
          description: 'The session after the edit.',
          resolve: ({ session }) => session,
        }),
        seq: f.exposeInt('seq', { description: 'The number of its event.' }),
        changes: f.field({
          type: [TextChangeObject],
          description: 'The edit as it was applied to the text before it.',
          resolve: ({ changes }) => [...changes],
        }),
      }),
    }),
    description:
      'Edits the code, merged with what others have done since `base`. Sent again with the same `id`, the edit is made once.',
    errors: {
      types: [
        SessionNotFoundError,
        UserNotFoundError,
        InvalidInputError,
        BaseOutsideLogError,
        EditRefusedError,
        DocumentTooLargeError,
      ],
    },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('EditSessionInput', {
          description: 'An edit of the code.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            userId: f.id({ description: 'Who edits; left out for nobody in particular.' }),
            id: f.string({
              required: true,
              description: 'Made up by the client, at most 100 characters, new for each edit of the user.',
            }),
            base: f.int({ required: true, description: 'The `seq` of the text that the positions mean.' }),
            changes: f.field({
              required: true,
              type: [
                builder.inputType('TextChangeInput', {
                  description: 'One place of an edit.',
                  fields: (c) => ({
                    at: c.int({
                      required: true,
                      description: 'Where, in UTF-16 units of the text of `base`.',
                    }),
                    delete: c.int({ required: true, description: 'How many UTF-16 units to delete.' }),
                    insert: c.string({ required: true, description: 'What to insert.' }),
                  }),
                }),
              ],
              description: 'The places in ascending order; they do not overlap.',
            }),
          }),
        }),
        description: 'The edit.',
      }),
    },
    resolve: (_root, { input: { sessionId, ...input } }, context) =>
      editSession(context, sessionId, parseInput(editInput, input)),
  }),
);

builder.mutationField('mergeDocument', (t) =>
  t.field({
    type: builder.objectRef<SessionState>('MergeDocumentPayload').implement({
      description: 'The update is part of the document.',
      fields: (f) => ({
        document: f.field({
          type: DocumentObject,
          description: 'The document with the update.',
          resolve: (session) => session,
        }),
      }),
    }),
    description: 'Merges a Yjs update into the code, for clients without a socket of Yjs.',
    errors: { types: [SessionNotFoundError, UserNotFoundError, EditRefusedError, DocumentTooLargeError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('MergeDocumentInput', {
          description: 'A Yjs update.',
          fields: (f) => ({
            sessionId: f.id({ required: true, description: 'The id of the session.' }),
            userId: f.id({ description: 'Who edits; left out for nobody in particular.' }),
            update: f.field({ required: true, type: 'Base64', description: 'The update, in format V1.' }),
          }),
        }),
        description: 'The update.',
      }),
    },
    resolve: (_root, { input: { sessionId, ...input } }, context) => mergeDocument(context, sessionId, input),
  }),
);

builder.subscriptionField('documentUpdates', (t) =>
  t.field({
    type: builder.objectRef<DocumentUpdate>('DocumentUpdate').implement({
      description: 'A Yjs update of a document.',
      fields: (f) => ({
        seq: f.exposeInt('seq', { description: 'The number of the event after which the document is this.' }),
        epoch: f.exposeInt('epoch', { description: 'The number of the Yjs document.' }),
        update: f.field({
          type: 'Base64',
          description: 'The update, in format V1.',
          resolve: ({ update }) => update,
        }),
      }),
    }),
    description:
      'What a Yjs document with this state vector lacks, then each update that is stored. Ends with `DOCUMENT_RESET` when a new Yjs document begins.',
    args: {
      sessionId: t.arg.id({ required: true, description: 'The id of the session.' }),
      vector: t.arg({ type: 'Base64', description: 'A Yjs state vector; without it, the whole state.' }),
    },
    subscribe: async (_root, { sessionId, vector }, { app, caller }) => {
      const permit = await app.sessions.permit(caller, 'READ', sessionId);
      return new SourceIterable(await followDocument(app, permit, vector ?? undefined));
    },
    resolve: (update) => update,
  }),
);
