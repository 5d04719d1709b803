import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CloseError } from '../../src/documents/close-error.ts';
import { ServiceUnavailableError } from '../../src/errors.ts';
import { stopRest } from '../support/cleanup.ts';
import {
  type DocumentServer,
  type Editor,
  hasText,
  hocuspocusEditor,
  hocuspocusSocket,
  MemoryDocument,
  SESSION,
  shown,
  startDocumentServer,
  USERS,
  yEditor,
} from '../support/documents.ts';

let document: MemoryDocument;
let server: DocumentServer;
beforeEach(async () => {
  document = new MemoryDocument('start\n');
  server = await startDocumentServer(document);
});
afterEach(stopRest);

const overYWebSocket = (userId: string | null): Editor => yEditor(server.url, userId);
const overHocuspocus = (userId: string | null): Editor => hocuspocusEditor(server.url, userId);

const clockOf = ({ doc, awareness }: Editor) => awareness.meta.get(doc.clientID)?.clock;

describe.each([
  ['y-websocket', overYWebSocket, overHocuspocus],
  ['Hocuspocus', overHocuspocus, overYWebSocket],
])('over %s', (_name, open, openOther) => {
  test('editors get the text and each other’s edits, as does an editor of the other protocol', async () => {
    const [first, second, other] = [open('ann'), open('bob'), openOther('bob')];
    await hasText(first, 'start\n');
    first.text.insert(6, 'one');
    await hasText(second, 'start\none');
    second.text.delete(0, 6);
    for (const editor of [first, second, other]) await hasText(editor, 'one');
    expect(document.text).toBe('one');
    expect(document.entries.map(({ userId }) => userId)).toEqual(['ann', 'bob']);
  });

  test('an edit is nowhere before it is stored: not with peers, not in an answer to who comes', async () => {
    const [first, second] = [open('ann'), open('bob')];
    for (const editor of [first, second]) await hasText(editor, 'start\n');
    const commits = document.hold();
    first.text.insert(0, 'unsafe ');
    await expect.poll(() => commits.waiting).toBe(1);
    const late = open('bob');
    second.awareness.setLocalState({ at: 'the end' });
    // Awareness goes on, so whatever was to be told before it has been told.
    await expect.poll(() => shown(first)[0]).toMatchObject({ at: 'the end' });
    expect([second.text.toString(), late.text.toString()]).toEqual(['start\n', '']);
    commits.open();
    for (const editor of [second, late]) await hasText(editor, 'unsafe start\n');
  });

  test('what was typed offline is merged when the connection is back', async () => {
    const [first, second] = [open('ann'), open('bob')];
    for (const editor of [first, second]) await hasText(editor, 'start\n');
    first.cut();
    first.text.insert(0, 'off');
    second.text.insert(6, 'end');
    first.text.insert(3, 'line ');
    for (const editor of [first, second]) await hasText(editor, 'offline start\nend');
  });

  test('an edit that could not be stored is sent again over a new connection', async () => {
    const first = open('ann');
    await hasText(first, 'start\n');
    let failures = 0;
    document.onStore = () => {
      failures += 1;
      if (failures < 3) throw new ServiceUnavailableError();
    };
    first.text.insert(0, 're');
    await expect.poll(() => document.text).toBe('restart\n');
    expect(server.reported).toEqual([]);
  });

  test('an unforeseen error is reported, not told, and the edit is sent again', async () => {
    const [first, second] = [open('ann'), open('bob')];
    for (const editor of [first, second]) await hasText(editor, 'start\n');
    // Comes after the server's question for what it lacks, whose answer would bring the edit a second time.
    second.text.insert(0, 'x');
    await hasText(first, 'xstart\n');
    second.text.delete(0, 1);
    await hasText(first, 'start\n');
    document.onStore = () => {
      document.onStore = () => {};
      throw new Error('secret');
    };
    first.text.insert(0, 're');
    await expect.poll(() => document.text).toBe('restart\n');
    expect(server.reported).toEqual([new Error('secret')]);
  });

  test('a refused update ends its connection for good, and disturbs no other', async () => {
    const [bad, good] = [open('ann'), open('bob')];
    for (const editor of [bad, good]) await hasText(editor, 'start\n');
    bad.doc.getMap('other').set('key', 'value');
    await expect.poll(() => server.online).toEqual(['bob']);
    good.text.insert(0, 'still ');
    await expect.poll(() => document.text).toBe('still start\n');
    bad.text.insert(0, 'more');
    await hasText(good, 'still start\n');
    expect([document.entries.length, server.online, server.reported]).toEqual([1, ['bob'], []]);
  });

  test('who may not edit reads and is seen', async () => {
    const [viewer, ann] = [open('viewer'), open('ann')];
    await hasText(viewer, 'start\n');
    viewer.awareness.setLocalState({ at: 1 });
    await expect.poll(() => shown(ann)[0]).toMatchObject({ at: 1, user: { name: 'Viewer' } });
    ann.text.insert(0, 'new ');
    await hasText(viewer, 'new start\n');
    viewer.text.insert(0, 'no ');
    ann.text.insert(0, 'yes ');
    await expect.poll(() => document.text).toBe('yes new start\n');
    expect(document.entries).toHaveLength(2);
  });

  test('without a user one edits unseen', async () => {
    const [nobody, ann] = [open(null), open('ann')];
    await hasText(nobody, 'start\n');
    nobody.awareness.setLocalState({ at: 1 });
    nobody.text.insert(0, 're');
    await hasText(ann, 'restart\n');
    expect(shown(ann)).toEqual([]);
    expect(document.entries[0]?.userId).toBeNull();
    expect(server.online).toEqual(['ann']);
  });

  test('cursors reach everybody with the names of their users, and go with the connection', async () => {
    const ann = open('ann');
    ann.awareness.setLocalState({ cursor: 1, user: { name: 'Bob', color: '#000000' } });
    const [bob, other] = [open('bob'), openOther('viewer')];
    const seen = { cursor: 1, user: { name: 'Ann', color: USERS.ann.color } };
    await expect.poll(() => shown(bob)).toContainEqual(seen);
    await expect.poll(() => shown(other)).toContainEqual(seen);
    ann.awareness.setLocalStateField('cursor', 2);
    await expect.poll(() => shown(bob)).toContainEqual({ ...seen, cursor: 2 });
    const clock = clockOf(ann);
    ann.cut();
    // It comes back at once, with the same state.
    await expect.poll(() => shown(bob)).not.toContainEqual({ ...seen, cursor: 2 });
    await expect.poll(() => shown(bob)).toContainEqual({ ...seen, cursor: 2 });
    // Its own state as others see it is no news to it: otherwise it would send that again and again.
    bob.awareness.setLocalState({ cursor: 3 });
    await expect
      .poll(() => shown(ann))
      .toContainEqual({ cursor: 3, user: { name: 'Bob', color: USERS.bob.color } });
    expect([ann.awareness.getLocalState(), clockOf(ann)]).toMatchObject([{ cursor: 2 }, clock]);
  });

  test('the room ends with its last connection, and its users are offline', async () => {
    const [first, second] = [open('ann'), open('bob')];
    for (const editor of [first, second]) await hasText(editor, 'start\n');
    expect([server.rooms.has(SESSION), [...server.online].sort()]).toEqual([true, ['ann', 'bob']]);
    await stopRest();
    await expect.poll(() => [server.rooms.has(SESSION), server.online]).toEqual([false, []]);
  });
});

describe('y-websocket', () => {
  const closeOf = (editor: ReturnType<typeof yEditor>) =>
    new Promise((resolve) => editor.provider.on('closed', resolve));

  test.each([
    ['no such session', () => yEditor(server.url, 'ann', 'nothing'), 4404],
    ['no such user', () => yEditor(server.url, 'nobody'), 4403],
  ])('%s: closed for good', async (_name, open, code) => {
    expect(await closeOf(open())).toMatchObject({ code });
  });

  test.each<[string, (editor: Editor) => void, number]>([
    ['an update that is refused', ({ doc }) => void doc.getMap('code2').set('a', 1), 4400],
    ['an update that is too large', ({ text }) => text.insert(0, 'x'.repeat(2.2 * 1024 * 1024)), 4413],
    ['a text that is too large', ({ text }) => text.insert(0, 'x'.repeat(2 * 1024 * 1024)), 4413],
    ['a state that is too large', ({ awareness }) => awareness.setLocalState({ a: 'x'.repeat(5_000) }), 4413],
  ])('%s: closed for good', async (_name, act, code) => {
    const editor = yEditor(server.url, 'ann');
    await hasText(editor, 'start\n');
    act(editor);
    expect(await closeOf(editor)).toMatchObject({ code });
    expect([document.text, server.reported]).toEqual(['start\n', []]);
  });

  test('an edit of who may not edit: closed for good', async () => {
    const viewer = yEditor(server.url, 'viewer');
    await hasText(viewer, 'start\n');
    viewer.text.insert(0, 'x');
    expect(await closeOf(viewer)).toMatchObject({ code: 4403 });
  });

  test('a reset or the removal of a user ends connections for good', async () => {
    const [ann, bob] = [yEditor(server.url, 'ann'), yEditor(server.url, 'bob')];
    for (const editor of [ann, bob]) await hasText(editor, 'start\n');
    server.rooms.userLeft(SESSION, 'ann');
    expect(await closeOf(ann)).toEqual({ code: 4403, reason: 'The user has left' });
    server.rooms.end(SESSION, new CloseError(4410, 'Reset'));
    expect(await closeOf(bob)).toEqual({ code: 4410, reason: 'Reset' });
    expect(server.rooms.has(SESSION)).toBe(false);
  });
});

describe('Hocuspocus', () => {
  test('an edit is acknowledged when it is stored, and not before', async () => {
    const { provider, text } = hocuspocusEditor(server.url, 'ann');
    await expect.poll(() => [provider.synced, provider.unsyncedChanges]).toEqual([true, 0]);
    expect(provider.authorizedScope).toBe('read-write');
    const commits = document.hold();
    text.insert(0, 'a');
    text.insert(0, 'b');
    await expect.poll(() => commits.waiting).toBe(1);
    expect(provider.unsyncedChanges).toBe(2);
    commits.open();
    await expect.poll(() => provider.unsyncedChanges).toBe(0);
    expect(document.text).toBe('bastart\n');
  });

  test('who may not edit is told so, and that an edit is not stored', async () => {
    const { provider, text } = hocuspocusEditor(server.url, 'viewer');
    await expect.poll(() => [provider.synced, provider.unsyncedChanges]).toEqual([true, 0]);
    expect(provider.authorizedScope).toBe('readonly');
    text.insert(0, 'a');
    const ann = hocuspocusEditor(server.url, 'ann');
    await hasText(ann, 'start\n');
    expect(provider.unsyncedChanges).toBe(1);
  });

  test.each([
    ['session', () => hocuspocusEditor(server.url, 'ann', { name: 'nothing' })],
    ['user', () => hocuspocusEditor(server.url, 'nobody')],
  ])('no such %s: permission denied', async (what, open) => {
    const editor = open();
    await expect.poll(() => editor.denied).toEqual([`No such ${what}`]);
    expect(server.connections.count('websocket')).toBe(1);
  });

  test('several documents over one socket are apart from each other', async () => {
    const socket = hocuspocusSocket(server.url);
    const ann = hocuspocusEditor(server.url, 'ann', { socket, sessionAwareness: true });
    const bob = hocuspocusEditor(server.url, 'bob', { socket, sessionAwareness: true });
    const none = hocuspocusEditor(server.url, 'bob', { socket, name: 'nothing' });
    ann.text.insert(0, 'ann');
    await expect.poll(() => bob.text.toString()).toContain('ann');
    expect([none.text.toString(), none.denied]).toEqual(['', ['No such session']]);
    expect([...server.online].sort()).toEqual(['ann', 'bob']);
    ann.provider.destroy();
    await expect.poll(() => server.online).toEqual(['bob']);
    bob.text.insert(0, 'bob');
    await expect.poll(() => document.text).toContain('bob');
  });

  test.each<[string, (editor: Editor) => void, string]>([
    ['refused', ({ doc }) => void doc.getMap('other').set('a', 1), 'other than'],
    ['too large', ({ text }) => text.insert(0, 'x'.repeat(2.2 * 1024 * 1024)), 'too large'],
  ])('an update that is %s closes the document, not the socket', async (_name, act, reason) => {
    const editor = hocuspocusEditor(server.url, 'ann');
    await hasText(editor, 'start\n');
    act(editor);
    await expect.poll(() => editor.closed).toEqual([expect.stringContaining(reason)]);
    expect(server.online).toEqual([]);
    // The provider sends on: nothing of it is taken, and nothing is answered.
    editor.text.insert(0, 'more');
    const next = hocuspocusEditor(server.url, 'bob', { socket: editor.socket, sessionAwareness: true });
    await hasText(next, 'start\n');
    expect([editor.closed.length, document.entries.length]).toEqual([1, 0]);
  });

  test('a deleted session closes the document', async () => {
    const editor = hocuspocusEditor(server.url, 'ann');
    await hasText(editor, 'start\n');
    server.rooms.end(SESSION, new CloseError(4404, 'The session was deleted'));
    await expect.poll(() => editor.closed).toEqual(['The session was deleted']);
  });
});
