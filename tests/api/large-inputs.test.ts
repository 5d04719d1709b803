import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

const PLACES = 10_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function send(path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.api + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

test('an edit is moved over as many changes as take a moment: with an older base it is refused', async () => {
  const { id } = (await send('/sessions', { code: '0'.repeat(2 * PLACES) })).body;
  const edit = (base: number, insert: string, places = PLACES) =>
    send(`/sessions/${id}/edits`, {
      id: `${insert} after ${base}`,
      base,
      changes: Array.from({ length: places }, (_, place) => ({ at: 2 * place, delete: 1, insert })),
    });
  for (let seq = 1; seq <= 10; seq += 1) {
    expect(await edit(seq, String(seq % 10))).toMatchObject({ status: 200, body: { seq: seq + 1 } });
  }
  expect(await edit(1, 'x', 1)).toMatchObject({ status: 409, body: { error: 'BASE_OUTSIDE_LOG' } });
  expect(await edit(9, 'x', 1)).toMatchObject({ status: 200, body: { seq: 12 } });
  // An answer that was lost is given again, and an edit that is too old is not made twice.
  expect(await edit(9, 'x', 1)).toMatchObject({ status: 200, body: { seq: 12 } });
  expect(await edit(1, '1')).toMatchObject({ status: 409 });
});

test('a page of the log is short where its events are large, and goes on where it ended', async () => {
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(2_000_000));
  const { id } = (await send('/sessions', { code: texts[0] })).body;
  for (const code of texts.slice(1)) {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${server.api}/sessions/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ code }) });
  }
  const seqs: number[] = [];
  for (let pages = 0; seqs.length < texts.length; pages += 1) {
    const response = await fetch(`${server.api}/sessions/${id}/events?after=${seqs.at(-1) ?? 0}`);
    const text = await response.text();
    expect(text.length).toBeLessThan(20_000_000);
    seqs.push(...JSON.parse(text).events.map(({ seq }: { seq: number }) => seq));
    expect(pages).toBeLessThan(texts.length);
  }
  expect(seqs).toEqual(texts.map((_, i) => i + 1));
});

test.each([
  ['values', `{ "locks": [${'"",'.repeat(200_000)} ""] }`],
  ['deep', `{ "locks": ${'['.repeat(5_000)}${']'.repeat(5_000)} }`],
])('a body with too much in it is refused at once, with a short answer: %s', async (word, body) => {
  const { id } = (await send('/sessions', {})).body;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.api}/sessions/${id}`, { method: 'PATCH', headers, body });
  const answer = await response.text();
  expect(response.status).toBe(400);
  expect(answer).toMatch(word);
  expect(answer.length).toBeLessThan(1_000);
});
