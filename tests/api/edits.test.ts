import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as Y from 'yjs';
import { SYSTEM } from '../../src/access/caller.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { hasText, yEditor } from '../support/documents.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const Edit = graphql(`
  mutation EditSession($input: EditSessionInput!) {
    editSession(input: $input) {
      __typename
      ... on EditSessionPayload { seq changes { at delete insert } session { code seq } }
      ... on Error { code message }
      ... on BaseOutsideLogError { seq }
    }
  }
`);
const Merge = graphql(`
  mutation MergeDocument($input: MergeDocumentInput!) {
    mergeDocument(input: $input) {
      __typename
      ... on MergeDocumentPayload { document { text seq epoch } }
      ... on EditRefusedError { reason }
    }
  }
`);
const Read = graphql(`
  query ReadDocument($id: ID!, $vector: Base64) {
    session(id: $id) { document { seq epoch text state(vector: $vector) } }
  }
`);
const At = graphql(
  `query SessionAt($id: ID!, $at: Int) { session(id: $id, at: $at) { code seq users { name } } }`,
);
const Updates = graphql(`
  subscription DocumentUpdates($sessionId: ID!, $vector: Base64) {
    documentUpdates(sessionId: $sessionId, vector: $vector) { seq epoch update }
  }
`);
const Log = graphql(`
  query EditLog($id: ID!) {
    session(id: $id) {
      events(last: 100) {
        edges { node {
          __typename seq
          ... on SessionUpdated { changed session { code } edits { userId id update changes { at delete insert } } }
        } }
      }
    }
  }
`);
const UpdateFrom = graphql(`
  mutation UpdateFrom($input: UpdateSessionInput!) {
    updateSession(input: $input) { ... on UpdateSessionPayload { session { code } } ... on Error { code } }
  }
`);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function newSession(code: string) {
  const client = clientsOf(server).REST;
  const id = (await client.createSession({ code })).value?.id ?? '';
  const ann = (await client.join(id, 'Ann')).value?.id ?? '';
  return { client, id, ann };
}

/** Opens the Yjs document of a session, where a test is about sessions with one. */
const open = (id: string) => query(server.graphql, Read, { id });

interface Change {
  at: number;
  delete: number;
  insert: string;
}

async function edit(sessionId: string, base: number, changes: Change[], id = String(Math.random())) {
  return (await query(server.graphql, Edit, { input: { sessionId, id, base, changes } })).editSession;
}

async function editOverRest(sessionId: string, body: object) {
  const response = await fetch(`${server.api}/sessions/${sessionId}/edits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe.each([
  ['no Yjs document', false],
  ['a Yjs document', true],
])('edits of a session with %s', (_, isOpen) => {
  async function prepared(code: string) {
    const session = await newSession(code);
    if (isOpen) await open(session.id);
    return session;
  }

  test('merge with what others have done since their base', async () => {
    const { id, ann, client } = await prepared('one two three');
    expect(await edit(id, 2, [{ at: 4, delete: 3, insert: '2' }])).toMatchObject({
      seq: 3,
      changes: [{ at: 4, delete: 3, insert: '2' }],
      session: { code: 'one 2 three', seq: 3 },
    });
    const input = { userId: ann, id: 'a', base: 2, changes: [{ at: 13, delete: 0, insert: '!\r\n' }] };
    expect(await editOverRest(id, input)).toEqual({
      status: 200,
      body: { seq: 4, changes: [{ at: 11, delete: 0, insert: '!\r\n' }] },
    });
    expect((await client.getSession(id))?.code).toBe('one 2 three!\r\n');
    const { session } = await query(server.graphql, Log, { id });
    expect(session?.events.edges.map(({ node }) => node).slice(2)).toMatchObject([
      { changed: ['CODE'], session: { code: 'one 2 three' }, edits: [{ userId: null }] },
      {
        __typename: 'SessionUpdated',
        session: { code: 'one 2 three!\r\n' },
        edits: [{ userId: ann, id: 'a', changes: [{ at: 11, delete: 0, insert: '!\r\n' }] }],
      },
    ]);
  });

  test('are made once, however often they are sent', async () => {
    const { id, ann } = await prepared('');
    const input = { userId: ann, id: 'once', base: 2, changes: [{ at: 0, delete: 0, insert: 'a' }] };
    const first = await editOverRest(id, input);
    await edit(id, 3, [{ at: 0, delete: 1, insert: 'b' }]);
    expect(await editOverRest(id, input)).toEqual(first);
    expect(await editOverRest(id, { ...input, base: 4 })).toEqual(first);
    const { session } = await query(server.graphql, Read, { id });
    expect(session?.document.text).toBe('b');
  });

  test('are refused with a base that is no event, and with positions outside of the text', async () => {
    const { id } = await prepared('ab😀');
    const changes = [{ at: 0, delete: 0, insert: 'x' }];
    for (const base of [-1, 0, 3, 2 ** 31 - 1]) {
      expect(await edit(id, base, changes)).toMatchObject({ code: 'BASE_OUTSIDE_LOG', seq: 2 });
    }
    for (const at of [3, 5]) {
      expect(await edit(id, 2, [{ at, delete: 0, insert: 'x' }])).toMatchObject({ code: 'INVALID_REQUEST' });
    }
    expect(await editOverRest(id, { id: 'x', base: 9, changes })).toMatchObject({ status: 409 });
    expect(await editOverRest(id, { id: 'x', base: 2, changes, userId: 'nobody00' })).toMatchObject({
      status: 404,
    });
  });

  test('a text longer than a document can be is refused, and the document is as before', async () => {
    const { id } = await prepared('');
    const insert = 'x'.repeat(2 ** 20);
    const big = [{ at: 0, delete: 0, insert }];
    for (const seq of [3, 4]) expect(await edit(id, 2, big)).toMatchObject({ seq });
    expect(await edit(id, 2, big)).toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    expect(await edit(id, 4, [{ at: 0, delete: 2 ** 21, insert: 'small' }])).toMatchObject({
      session: { code: 'small' },
    });
  });

  test('a whole text with baseSeq takes back nothing that others did; without, it is what was sent', async () => {
    const { id, client } = await prepared('a\nb\nc\n');
    await edit(id, 2, [{ at: 0, delete: 1, insert: 'A' }]);
    const input = { id, code: 'a\nb\nC\n', baseSeq: 2 };
    const { updateSession } = await query(server.graphql, UpdateFrom, { input });
    expect(updateSession).toEqual({ session: { code: 'A\nb\nC\n' } });
    const late = await query(server.graphql, UpdateFrom, { input: { ...input, baseSeq: 9 } });
    expect(late.updateSession).toEqual({ code: 'BASE_OUTSIDE_LOG' });
    await client.updateSession(id, { code: 'x\r\n' });
    expect((await client.getSession(id))?.code).toBe('x\r\n');
  });

  test('the session at each number', async () => {
    const { id } = await prepared('');
    for (let i = 0; i < 30; i++) await edit(id, i + 2, [{ at: i, delete: 0, insert: 'x' }]);
    const at = async (seq: number) => (await query(server.graphql, At, { id, at: seq })).session;
    expect(await at(1)).toEqual({ code: '', seq: 1, users: [] });
    for (const seq of [2, 3, 17, 32]) {
      expect(await at(seq)).toEqual({ code: 'x'.repeat(seq - 2), seq, users: [{ name: 'Ann' }] });
    }
    await expect(at(33)).rejects.toThrow('at must be from 1 to 32');
  });
});

describe('Yjs without a socket', () => {
  test('merges, reads and follows', async () => {
    const { id, ann } = await newSession('start');
    const stream = subscribe('WebSocket', server.graphql, Updates, { sessionId: id });
    onTestFinished(stream.stop);
    const doc = new Y.Doc();
    const next = async () => {
      const { documentUpdates } = await stream.data();
      Y.applyUpdate(doc, Buffer.from(documentUpdates.update, 'base64'));
      return documentUpdates;
    };
    expect(await next()).toMatchObject({ seq: 2, epoch: 1 });
    expect(doc.getText('code').toString()).toBe('start');
    const vector = Y.encodeStateVector(doc);
    doc.getText('code').insert(0, 're');
    const update = Buffer.from(Y.encodeStateAsUpdate(doc, vector)).toString('base64');
    const input = { sessionId: id, userId: ann, update };
    const { mergeDocument } = await query(server.graphql, Merge, { input });
    expect(mergeDocument).toMatchObject({ document: { text: 'restart', seq: 3, epoch: 1 } });
    // Again it is nothing new.
    await query(server.graphql, Merge, { input });
    await edit(id, 3, [{ at: 7, delete: 0, insert: '!' }]);
    expect(await next()).toMatchObject({ seq: 3 });
    expect(await next()).toMatchObject({ seq: 4 });
    expect(doc.getText('code').toString()).toBe('restart!');
    const { session } = await query(server.graphql, Read, {
      id,
      vector: Buffer.from(Y.encodeStateVector(doc)).toString('base64'),
    });
    expect(session?.document).toEqual({ seq: 4, epoch: 1, text: 'restart!', state: 'AAA=' });
  });

  test('an update of anything but text, of another user, or without what it refers to is refused', async () => {
    const { id, ann, client } = await newSession('start');
    const bob = (await client.join(id, 'Bob')).value?.id ?? '';
    const merge = async (update: Uint8Array, userId: string | null) =>
      (
        await query(server.graphql, Merge, {
          input: { sessionId: id, userId, update: Buffer.from(update).toString('base64') },
        })
      ).mergeDocument;
    const doc = new Y.Doc();
    doc.getMap('other').set('a', 1);
    expect(await merge(Y.encodeStateAsUpdate(doc), ann)).toMatchObject({ __typename: 'EditRefusedError' });
    const own = new Y.Doc();
    own.getText('code').insert(0, 'own');
    expect(await merge(Y.encodeStateAsUpdate(own), ann)).toMatchObject({ document: { seq: 4 } });
    const vector = Y.encodeStateVector(own);
    own.getText('code').insert(3, '!');
    const more = Y.encodeStateAsUpdate(own, vector);
    for (const other of [bob, null]) {
      expect(await merge(more, other)).toMatchObject({ reason: expect.stringContaining('another user') });
    }
    expect(await merge(more, ann)).toMatchObject({ document: { seq: 5 } });
    own.getText('code').insert(4, '?');
    const lost = Y.encodeStateVector(own);
    own.getText('code').insert(5, '?');
    expect(await merge(Y.encodeStateAsUpdate(own, lost), ann)).toMatchObject({ reason: expect.any(String) });
    expect(await merge(new Uint8Array([1, 2, 3]), ann)).toMatchObject({ reason: expect.any(String) });
  });
});

test('with an editor open, CR becomes LF by every door', async () => {
  const { id, ann, client } = await newSession('a\r\nb\rc');
  const editor = yEditor(server.url.replace('http', 'ws'), ann, id);
  await hasText(editor, 'a\nb\nc');
  expect((await client.getSession(id))?.code).toBe('a\nb\nc');
  await client.updateSession(id, { code: 'x\r\ny' });
  await hasText(editor, 'x\ny');
  await edit(id, 4, [{ at: 0, delete: 0, insert: '\r\n' }]);
  await hasText(editor, '\nx\ny');
});

test('a session of a server that stored whole texts is read and edited', async () => {
  const { client, id } = await newSession('old');
  await client.updateSession(id, { code: 'older' });
  const { db } = server.app;
  const { users: _users, ...session } = (await server.app.sessions.find(SYSTEM, id)) ?? { users: [] };
  const {
    epoch: _epoch,
    codeSeq: _seq,
    editSize: _size,
    ...stored
  } = { epoch: 0, codeSeq: 0, editSize: 0, ...session };
  await db.sessionEvent.updateMany({
    where: { sessionId: id, seq: 3 },
    data: {
      type: 'SessionUpdated',
      data: JSON.stringify({ session: { ...stored, users: _users }, changed: ['code'] }),
    },
  });
  await db.session.updateMany({ where: { id }, data: { editSize: 0 } });
  server.app.sessions.forget(id);
  const insert = [{ at: 0, delete: 0, insert: 'the ' }];
  expect(await edit(id, 2, insert)).toMatchObject({ code: 'BASE_OUTSIDE_LOG' });
  expect(await edit(id, 3, insert)).toMatchObject({ session: { code: 'the older', seq: 4 } });
  const { session: read } = await query(server.graphql, Log, { id });
  expect(read?.events.edges.map(({ node }) => node).slice(2)).toMatchObject([
    { __typename: 'SessionUpdated', session: { code: 'older' }, edits: [] },
    { __typename: 'SessionUpdated', session: { code: 'the older' }, edits: [{ changes: insert }] },
  ]);
  const opened = await open(id);
  expect(opened.session?.document).toMatchObject({ text: 'the older', epoch: 1, seq: 4 });
});

test('edits that were stored with the names of their fields are read', async () => {
  const { client, id } = await newSession('text');
  await client.updateSession(id, { code: 'the text' });
  const edits = [{ id: 'first', changes: [[0, 0, 'the ']] }];
  await server.app.db.sessionEvent.updateMany({
    where: { sessionId: id, seq: 3 },
    data: { data: JSON.stringify({ edits }) },
  });
  server.app.sessions.forget(id);
  expect((await client.getSession(id))?.code).toBe('the text');
  const insert = [{ at: 0, delete: 0, insert: 'the ' }];
  expect(await edit(id, 2, insert, 'first')).toMatchObject({ seq: 3, changes: insert });
  const { session: read } = await query(server.graphql, Log, { id });
  expect(read?.events.edges.at(-1)?.node).toMatchObject({ edits: [{ userId: null, changes: insert }] });
});
