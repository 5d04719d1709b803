import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import { firstState } from '../../src/documents/yjs-document.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { hasText, hocuspocusEditor, yEditor } from '../support/documents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const Presence = graphql(`
  subscription DocumentPresence($sessionId: ID!) { presence(sessionId: $sessionId) { users { userId typing } } }
`);

let server: TestServer;
let ws: string;
beforeAll(async () => {
  server = await startTestServer();
  ws = server.url.replace('http', 'ws');
});
afterAll(() => server.close());

async function newSession(code = 'start\n') {
  const client = clientsOf(server).REST;
  const id = (await client.createSession({ code })).value?.id ?? '';
  const join = async (name: string) => (await client.join(id, name)).value?.id ?? '';
  const [ann, bob] = [await join('Ann'), await join('Bob')];
  const code_ = async () => (await client.getSession(id))?.code;
  return { client, id, ann, bob, code: code_ };
}

describe('editors', () => {
  test('over both protocols, PATCH and GraphQL have one text', async () => {
    const { client, id, ann, bob, code } = await newSession();
    const one = yEditor(ws, ann, id);
    const two = hocuspocusEditor(ws, bob, { name: id });
    await hasText(one, 'start\n');
    await hasText(two, 'start\n');
    one.text.insert(0, 're');
    await hasText(two, 'restart\n');
    await expect.poll(code).toBe('restart\n');
    two.text.insert(8, 'end');
    await hasText(one, 'restart\nend');
    await client.updateSession(id, { code: 'restart\nthe end', language: 'PYTHON' });
    for (const editor of [one, two]) await hasText(editor, 'restart\nthe end');
    expect(await code()).toBe('restart\nthe end');
    one.cut();
    one.text.delete(0, 2);
    await hasText(two, 'start\nthe end');
  });

  test('of a session that is deleted, and of a user who leaves, are cut off for good', async () => {
    const { client, id, ann, bob } = await newSession();
    const [one, two] = [yEditor(ws, ann, id), yEditor(ws, bob, id)];
    const three = hocuspocusEditor(ws, ann, { name: id });
    const codes = [one, two].map(({ provider }) => {
      const seen: (number | undefined)[] = [];
      provider.on('connection-close', (event: { code: number } | null) => seen.push(event?.code));
      return seen;
    });
    for (const editor of [one, two, three]) await hasText(editor, 'start\n');
    await client.leave(id, bob);
    await expect.poll(() => codes[1]).toEqual([4403]);
    expect(codes[0]).toEqual([]);
    await client.deleteSession(id);
    await expect.poll(() => codes[0]).toEqual([4404]);
    await expect.poll(() => three.closed).toHaveLength(1);
    const late = yEditor(ws, null, id);
    const lateCodes: number[] = [];
    late.provider.on('connection-close', (event: { code: number } | null) =>
      lateCodes.push(event?.code ?? 0),
    );
    await expect.poll(() => lateCodes).toEqual([4404]);
  });

  test('make their users online, and typing while they edit', async () => {
    const { id, ann, bob } = await newSession();
    const stream = subscribe('WebSocket', server.graphql, Presence, { sessionId: id });
    onTestFinished(stream.stop);
    let users: { user: string; typing: boolean }[] = [];
    const follow = async () => {
      for (let result = await stream.next(); result?.data; result = await stream.next()) {
        users = result.data.presence.users.map(({ userId, typing }) => ({ user: userId, typing }));
      }
    };
    void follow();
    const [one, two] = [yEditor(ws, ann, id), hocuspocusEditor(ws, bob, { name: id })];
    for (const editor of [one, two]) await hasText(editor, 'start\n');
    await expect.poll(() => users.map(({ user }) => user).sort()).toEqual([ann, bob].sort());
    one.text.insert(0, 'x');
    await expect.poll(() => users).toContainEqual({ user: ann, typing: true });
    expect(users).toContainEqual({ user: bob, typing: false });
    await expect.poll(() => users).toContainEqual({ user: ann, typing: false });
    one.provider.destroy();
    await expect.poll(() => users).toEqual([{ user: bob, typing: false }]);
  });

  test('get a new document where the stored one differs from the log', async () => {
    const { client, id, ann } = await newSession('right\n');
    const { app } = server;
    await app.db.document.create({ data: { sessionId: id, state: new Uint8Array(firstState('wrong', 1)) } });
    await app.db.session.updateMany({ where: { id }, data: { epoch: 1 } });
    app.sessions.forget(id);
    server.app.log.level = 'silent';
    const one = yEditor(ws, ann, id);
    await hasText(one, 'right\n');
    expect((await client.getSession(id))?.code).toBe('right\n');
    const session = await app.db.session.findUnique({ where: { id }, include: { document: true } });
    expect(session).toMatchObject({ epoch: 2, codeSeq: 4, code: 'right\n' });
    expect(Buffer.from(session?.document?.state ?? [])).toEqual(Buffer.from(firstState('right\n', 2)));
  });

  test('leave a checkpoint when the last one goes', async () => {
    const { id, ann } = await newSession('');
    const one = yEditor(ws, ann, id);
    await expect.poll(() => one.provider.synced).toBe(true);
    for (const character of 'abc') {
      one.text.insert(one.text.length, character);
      const length = one.text.length;
      await expect.poll(async () => (await server.app.sessions.find(SYSTEM, id))?.code.length).toBe(length);
    }
    const stored = () => server.app.db.session.findUnique({ where: { id } });
    expect(await stored()).toMatchObject({ code: '', seq: 6, codeSeq: 3 });
    one.provider.destroy();
    await expect.poll(stored).toMatchObject({ code: 'abc', seq: 6, codeSeq: 6 });
  });
});
