import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { type Editor, hasText, hocuspocusEditor, hocuspocusSocket, yEditor } from '../support/documents.ts';
import { spawnServer } from '../support/process.ts';
import { seededRandom } from '../support/random.ts';

const KILLS = 5;

/** Types characters that nobody has typed before, until it is told to stop. Returns a function that does. */
function type(editor: Editor, next: () => string): () => void {
  const timer = setInterval(() => editor.text.insert(editor.text.length, next()), 2);
  return () => clearInterval(timer);
}

test(`what others saw is there after kill -9, once and in ${KILLS} lives of the server`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-kill-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const random = seededRandom(1);
  const settings = { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: 'file:./data.db', SANDBOX_WAITING: '0' };
  let server = spawnServer(settings, folder);
  let typed = 0;
  const next = () => String.fromCodePoint(0x4e00 + typed++);
  let url = await server.url();
  const apiOf = (base: string) => clientsOf({ api: `${base}/api/v1`, graphql: `${base}/graphql` }).REST;
  const id = (await apiOf(url).createSession({ code: '' })).value?.id ?? '';
  const [ann = '', bob = ''] = [
    (await apiOf(url).join(id, 'Ann')).value?.id,
    (await apiOf(url).join(id, 'Bob')).value?.id,
  ];
  let seen = 0;
  for (let life = 0; life < KILLS; life++) {
    const code = (await apiOf(url).getSession(id))?.code ?? '';
    const ws = url.replace('http', 'ws');
    const socket = hocuspocusSocket(ws);
    const [one, two] = [yEditor(ws, ann, id), hocuspocusEditor(ws, bob, { name: id, socket })];
    for (const editor of [one, two]) await hasText(editor, code);
    const stops = [one, two].map((editor) => type(editor, next));
    await pause(50 + random() * 300);
    server.child.kill('SIGKILL');
    // What is typed after the kill is seen by nobody, and the editors are gone with it.
    for (const stop of stops) stop();
    const both = [...one.text.toString()].filter((character) => two.text.toString().includes(character));
    one.provider.destroy();
    two.provider.destroy();
    socket.destroy();
    await server.exit();
    server = spawnServer(settings, folder);
    url = await server.url();
    const stored = (await apiOf(url).getSession(id))?.code ?? '';
    expect(both.filter((character) => !stored.includes(character))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    seen = both.length;
  }
  expect(seen).toBeGreaterThan(50);
});
