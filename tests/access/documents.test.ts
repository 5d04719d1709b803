import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { SYSTEM } from '../../src/access/caller.ts';
import { updateSession } from '../../src/sessions/service.ts';
import { setRole } from '../../src/users/participants.ts';
import { leaveSession } from '../../src/users/service.ts';
import { hasText, hocuspocusEditor, shown, type YEditor, yEditor } from '../support/documents.ts';
import { newSession, participant } from '../support/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const OPERATOR_KEY = 'a-key-of-the-operator-of-38-characters';
const GARBAGE = `cip_${'0'.repeat(16)}_${'A'.repeat(43)}`;

let open: TestServer;
let closed: TestServer;
beforeAll(async () => {
  open = await startTestServer();
  closed = await startTestServer({ ACCESS: 'closed', OPERATOR_KEY });
});
afterAll(() => Promise.all([open.close(), closed.close()]));

const MODES = ['open', 'closed'] as const;
const serverOf = (mode: (typeof MODES)[number]) => (mode === 'open' ? open : closed);
const ws = ({ url }: TestServer) => url.replace('http', 'ws');

let sessionId: string;
const join = (server: TestServer, role: 'HOST' | 'CANDIDATE' | 'OBSERVER') =>
  participant(server.app, sessionId, role);
const context = ({ app }: TestServer) => ({ app, caller: SYSTEM });
const complete = (server: TestServer, status: 'ACTIVE' | 'COMPLETED') =>
  updateSession(context(server), sessionId, { status });

/** An editor over y-websocket, with a token as its documentation says. */
const editor = (server: TestServer, token: string, ...others: string[]) =>
  yEditor(ws(server), { protocols: [...others, `bearer.${token}`] }, sessionId);
/** One over the Hocuspocus provider. */
const provider = (server: TestServer, token: string | null) =>
  hocuspocusEditor(ws(server), token, { name: sessionId });

/** Resolves with the code that ends the connection of an editor for good. */
const ending = ({ provider }: YEditor) =>
  new Promise<number>((resolve) => {
    provider.on('closed', ({ code }: { code: number }) => resolve(code));
  });

/** Opens a WebSocket by hand. */
function openRaw(server: TestServer, path: string, protocols: string[] = []) {
  const socket = new WebSocket(ws(server) + path, protocols);
  onTestFinished(() => socket.terminate());
  const closedWith = new Promise<number>((resolve) => socket.on('close', resolve));
  const opened = new Promise<string>((resolve, reject) => {
    socket.on('open', () => resolve(socket.protocol));
    socket.on('error', reject);
  });
  return { socket, closedWith, opened };
}

async function log(server: TestServer) {
  return server.app.db.sessionEvent.findMany({ where: { sessionId }, orderBy: { seq: 'asc' } });
}

describe.each(MODES)('with ACCESS=%s', (mode) => {
  const server = () => serverOf(mode);
  beforeEach(async () => {
    sessionId = await newSession(server().app);
  });

  test('a token opens a document over both protocols, as its user, whatever else is claimed', async () => {
    const [host, candidate] = [await join(server(), 'HOST'), await join(server(), 'CANDIDATE')];
    const one = yEditor(
      ws(server()),
      { protocols: [`bearer.${host.token}`], params: { userId: candidate.user.id } },
      sessionId,
    );
    const other = provider(server(), candidate.token);
    for (const each of [one, other]) await hasText(each, 'start\n');
    one.awareness.setLocalStateField('user', { name: 'Mallory', color: '#000000' });
    await expect
      .poll(() => shown(other)[0]?.['user'])
      .toMatchObject({ name: 'HOST', color: host.user.color });
    one.text.insert(0, 'A');
    await hasText(other, 'Astart\n');
    other.text.insert(0, 'B');
    await hasText(one, 'BAstart\n');
    const edits = (await log(server())).filter(({ type }) => type === 'CodeEdited');
    expect(edits.map(({ actor }) => actor)).toEqual([host.user.id, candidate.user.id]);
    expect(server().app.presence.find(host.key)).toBeDefined();
  });

  test('a bad token is 4401 over one, and denied over the other', async () => {
    const bad = editor(server(), GARBAGE);
    expect(await ending(bad)).toBe(4401);
    const { denied } = provider(server(), GARBAGE);
    await expect.poll(() => denied).toEqual(['A valid credential is needed']);
  });

  test('a token of another session is that of an unknown one', async () => {
    const here = sessionId;
    sessionId = await newSession(server().app);
    const { token } = await join(server(), 'HOST');
    const { closedWith } = openRaw(server(), `/yjs/${here}`, [`bearer.${token}`]);
    expect(await closedWith).toBe(4404);
  });

  test('the token is sent back only to who offers nothing else', async () => {
    const { token } = await join(server(), 'HOST');
    const bearer = `bearer.${token}`;
    expect(await openRaw(server(), `/yjs/${sessionId}`, [bearer]).opened).toBe(bearer);
    expect(await openRaw(server(), `/yjs/${sessionId}`, [bearer, 'yjs']).opened).toBe('yjs');
    expect(await openRaw(server(), '/yjs', ['hocuspocus', bearer]).opened).toBe('hocuspocus');
  });

  test('the subprotocol holds for a Hocuspocus document without a token of its own', async () => {
    const { token } = await join(server(), 'HOST');
    class Polyfill extends WebSocket {
      constructor(url: string) {
        super(url, `bearer.${token}`);
      }
    }
    const one = hocuspocusEditor(ws(server()), '', { name: sessionId, WebSocket: Polyfill });
    await hasText(one, 'start\n');
    expect(one.provider.authorizedScope).toBe('read-write');
  });

  test.each(['OBSERVER', 'CANDIDATE'] as const)(
    'an %s who may not edit reads and is seen, and its updates are refused',
    async (role) => {
      const [{ token }, host] = [await join(server(), role), await join(server(), 'HOST')];
      if (role === 'CANDIDATE') await complete(server(), 'COMPLETED');
      const one = provider(server(), token);
      const other = editor(server(), host.token);
      const reader = editor(server(), token);
      for (const each of [one, other, reader]) await hasText(each, 'start\n');
      expect(one.provider.authorizedScope).toBe('readonly');
      one.awareness.setLocalStateField('cursor', 3);
      await expect.poll(() => shown(other)).toContainEqual(expect.objectContaining({ cursor: 3 }));
      one.text.insert(0, 'no');
      const end = ending(reader);
      reader.text.insert(0, 'no');
      expect(await end).toBe(4403);
      other.text.insert(0, 'yes ');
      const code = async () => (await server().app.sessions.find(SYSTEM, sessionId))?.code;
      await expect.poll(code).toBe('yes start\n');
    },
  );

  test('who was read-only edits without a new connection when the session goes on', async () => {
    const { token } = await join(server(), 'CANDIDATE');
    await complete(server(), 'COMPLETED');
    const one = provider(server(), token);
    await hasText(one, 'start\n');
    expect(one.provider.authorizedScope).toBe('readonly');
    await complete(server(), 'ACTIVE');
    await expect.poll(() => one.provider.authorizedScope).toBe('read-write');
    one.text.insert(0, 'x');
    const code = async () => (await server().app.sessions.find(SYSTEM, sessionId))?.code;
    await expect.poll(code).toBe('xstart\n');
    await complete(server(), 'COMPLETED');
    await expect.poll(() => one.provider.authorizedScope).toBe('readonly');
  });

  test('a lock that is committed before an update wins, whatever the connection was told', async () => {
    const { token } = await join(server(), 'CANDIDATE');
    const one = editor(server(), token);
    await hasText(one, 'start\n');
    const end = ending(one);
    // The change and the update queue at the session's row: the change is first.
    const done = complete(server(), 'COMPLETED');
    one.text.insert(0, 'x');
    await done;
    expect(await end).toBe(4403);
    expect((await server().app.sessions.find(SYSTEM, sessionId))?.code).toBe('start\n');
  });

  test('who is removed is closed with 4401, and its document is closed without a word to others', async () => {
    const [{ token, key }, host] = [await join(server(), 'CANDIDATE'), await join(server(), 'HOST')];
    const one = editor(server(), token);
    const two = provider(server(), token);
    const other = provider(server(), host.token);
    for (const each of [one, two, other]) await hasText(each, 'start\n');
    const end = ending(one);
    await leaveSession(context(server()), sessionId, key.userId);
    expect(await end).toBe(4401);
    await expect.poll(() => two.closed).toHaveLength(1);
    expect(two.provider.isAuthenticated).toBe(false);
    other.text.insert(0, 'x');
    await hasText(other, 'xstart\n');
    expect(two.text.toString()).toBe('start\n');
  });

  test('whose role changes is closed with 4403; the Hocuspocus provider comes back with the new scope', async () => {
    const { token, key } = await join(server(), 'CANDIDATE');
    const one = editor(server(), token);
    const two = provider(server(), token);
    for (const each of [one, two]) await hasText(each, 'start\n');
    const end = ending(one);
    await setRole(context(server()), key, 'OBSERVER');
    expect(await end).toBe(4403);
    await expect.poll(() => two.provider.authorizedScope).toBe('readonly');
    expect(two.denied).toEqual([]);
    // The provider of y-websocket takes every 44xx as final, until it is told to connect.
    one.provider.connect();
    await expect.poll(() => one.provider.wsconnected).toBe(true);
  });
});

test('a key edits as nobody in particular, over both protocols', async () => {
  sessionId = await newSession(closed.app);
  const [one, other] = [editor(closed, OPERATOR_KEY), provider(closed, OPERATOR_KEY)];
  for (const each of [one, other]) await hasText(each, 'start\n');
  one.text.insert(0, 'A');
  await hasText(other, 'Astart\n');
  other.text.insert(0, 'B');
  await hasText(one, 'BAstart\n');
  const edits = (await log(closed)).filter(({ type }) => type === 'CodeEdited');
  expect(edits.map(({ actor }) => actor)).toEqual(['key:operator', 'key:operator']);
});

test('without a token, closed mode is 4401 and denied; open mode is as it was', async () => {
  sessionId = await newSession(closed.app);
  expect(await openRaw(closed, `/yjs/${sessionId}`).closedWith).toBe(4401);
  expect(await openRaw(closed, `/yjs/${sessionId}?userId=nobody00`).closedWith).toBe(4401);
  const { denied } = provider(closed, null);
  await expect.poll(() => denied).toEqual(['A valid credential is needed']);
  sessionId = await newSession(open.app);
  await hasText(provider(open, null), 'start\n');
  await hasText(yEditor(ws(open), null, sessionId), 'start\n');
});
