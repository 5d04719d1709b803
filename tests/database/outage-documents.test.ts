import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import { createSession } from '../../src/sessions/service.ts';
import { startPostgresql } from '../support/database.ts';
import { hocuspocusEditor, yEditor } from '../support/documents.ts';
import { startProxy, through } from '../support/proxy.ts';
import { startTestServer } from '../support/server.ts';

const KEY_MS = 30;
const STATEMENT_TIMEOUT_MS = 1_000;
/** Shorter than a statement may take, and longer than two: then nobody knows whether it was stored. */
const SILENCES_MS = [300, 1_500, 3_000];

test('what people type while PostgreSQL is silent is there afterwards, once', async () => {
  const postgresql = await startPostgresql();
  onTestFinished(postgresql.remove);
  const proxy = await startProxy(postgresql.url);
  onTestFinished(proxy.close);
  const server = await startTestServer({
    DATABASE_URL: through(proxy, postgresql.url),
    DATABASE_CONNECT_TIMEOUT: String(STATEMENT_TIMEOUT_MS),
    DATABASE_STATEMENT_TIMEOUT: String(STATEMENT_TIMEOUT_MS),
    LOG_LEVEL: 'silent',
  });
  onTestFinished(server.close);
  const { id } = await createSession({ app: server.app, caller: SYSTEM }, { code: '' });
  const url = server.url.replace('http', 'ws');
  const editors = [yEditor(url, null, id), yEditor(url, null, id), hocuspocusEditor(url, null, { name: id })];
  const people = editors.map(({ provider, text }, i) => ({ provider, text, letter: 'abc'.charAt(i) }));
  await expect.poll(() => people.every(({ provider }) => provider.synced)).toBe(true);

  const typing = people.map(({ text, letter }) =>
    setInterval(() => text.insert(text.length, letter), KEY_MS),
  );
  for (const silence of SILENCES_MS) {
    await pause(500);
    proxy.swallow(true);
    await pause(silence);
    proxy.swallow(false);
    proxy.cut();
  }
  for (const timer of typing) clearInterval(timer);

  const count = (code: string, letter: string) => code.split(letter).length - 1;
  const typed = people.map(({ text, letter }) => count(text.toString(), letter));
  const stored = async () => (await (await fetch(`${server.api}/sessions/${id}`)).json()).code ?? '';
  await expect.poll(async () => (await stored()).length).toBe(typed.reduce((sum, n) => sum + n));
  const code = await stored();
  expect(people.map(({ letter }) => count(code, letter))).toEqual(typed);
  for (const { text } of people) await expect.poll(() => text.toString()).toBe(code);
});
