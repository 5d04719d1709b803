import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type ServerProcess, spawnServer } from './support/process.ts';

const SESSIONS = 12;
const WRITERS = 3;
const KILLS = 5;

const session = z.object({ id: z.string(), code: z.string() });
const log = z.object({
  events: z.array(z.object({ seq: z.int(), type: z.string(), session: session.optional() })),
});

/** What a client knows of a session: the texts that the server has acknowledged, and those that it has not. */
interface Known {
  readonly acknowledged: string[];
  readonly tried: Set<string>;
}

const json = { 'content-type': 'application/json' };

/** Writes new texts until the server is gone. */
async function write(url: string, id: string, known: Known): Promise<void> {
  for (;;) {
    const code = `${known.tried.size}`;
    known.tried.add(code);
    try {
      const body = JSON.stringify({ code });
      const answer = await fetch(`${url}/api/v1/sessions/${id}`, { method: 'PATCH', body, headers: json });
      if (session.parse(await answer.json()).code === code) known.acknowledged.push(code);
    } catch {
      return;
    }
  }
}

/** Reads the whole log of a session, and checks that it has no gap and ends where the session stands. */
async function readTexts(url: string, id: string): Promise<string[]> {
  const texts: string[] = [];
  let last = 0;
  for (;;) {
    const { events } = log.parse(
      await (await fetch(`${url}/api/v1/sessions/${id}/events?after=${last}`)).json(),
    );
    if (events.length === 0) break;
    for (const { seq, session: after } of events) {
      expect(seq).toBe(last + 1);
      last = seq;
      texts.push(after?.code ?? '');
    }
  }
  const now = await fetch(`${url}/api/v1/sessions/${id}`);
  expect(now.headers.get('etag')).toBe(`"${last}"`);
  expect(session.parse(await now.json()).code).toBe(texts.at(-1));
  return texts;
}

test('a server that is killed among groups of changes has stored what it acknowledged, and nothing by halves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-kill-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const start = (): ServerProcess => {
    const server = spawnServer({ HOST: '127.0.0.1', PORT: '0', SANDBOX_WAITING: '0' }, folder);
    onTestFinished(() => void server.child.kill('SIGKILL'));
    return server;
  };
  let server = start();
  let url = await server.url();
  const sessions = new Map<string, Known>();
  for (let count = 0; count < SESSIONS; count += 1) {
    const created = await fetch(`${url}/api/v1/sessions`, { method: 'POST' });
    sessions.set(session.parse(await created.json()).id, { acknowledged: [], tried: new Set() });
  }
  const counted = () => [...sessions.values()].reduce((sum, known) => sum + known.acknowledged.length, 0);

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = counted();
    const writing = [...sessions].flatMap(([id, known]) =>
      Array.from({ length: WRITERS }, () => write(url, id, known)),
    );
    await expect.poll(counted).toBeGreaterThan(before + 200);
    await pause(Math.random() * 50);
    server.child.kill('SIGKILL');
    await Promise.all(writing);
    await server.exit();

    server = start();
    url = await server.url();
    for (const [id, { acknowledged, tried }] of sessions) {
      const texts = await readTexts(url, id);
      const stored = new Set(texts);
      expect(acknowledged.filter((code) => !stored.has(code))).toEqual([]);
      expect(texts.slice(1).filter((code) => !tried.has(code))).toEqual([]);
    }
  }
});
