import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { hasText, hocuspocusEditor, yEditor } from '../support/documents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

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
});
