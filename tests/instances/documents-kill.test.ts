import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clientsOf } from '../support/api-clients.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type Editor, hasText, hocuspocusEditor, hocuspocusSocket, yEditor } from '../support/documents.ts';
import { hasRedis } from '../support/redis.ts';

const INSTANCES = 3;
const KILLS = 3;

const answer = z.object({ seq: z.int() });

describe.runIf(hasRedis)('three server processes with one document', () => {
  let cluster: Cluster;
  let typed = 0;
  /** A character that nobody has typed before. */
  const next = () => String.fromCodePoint(0x4e00 + typed++);
  beforeAll(async () => {
    cluster = await startCluster(INSTANCES);
  });

  const apiOf = (index: number) =>
    clientsOf({ api: `${cluster.url(index)}/api/v1`, graphql: `${cluster.url(index)}/graphql` }).REST;
  const textOn = async (index: number, id: string) => (await apiOf(index).getSession(id))?.code ?? '';

  function type(editor: Editor): () => void {
    const timer = setInterval(() => editor.text.insert(Math.floor(editor.text.length / 2), next()), 5);
    return () => clearInterval(timer);
  }

  /** A client without Yjs: sends each edit until some instance acknowledges it. Returns the characters of those. */
  async function editByChanges(id: string, start: number, isOver: () => boolean): Promise<string[]> {
    const acknowledged: string[] = [];
    let base = start;
    for (let turn = 0; !isOver(); turn++) {
      const character = next();
      const changes = [{ at: 0, delete: 0, insert: character }];
      const body = JSON.stringify({ id: character, base, changes });
      const headers = { 'content-type': 'application/json' };
      for (let attempt = turn; ; attempt++) {
        const url = `${cluster.url(attempt)}/api/v1/sessions/${id}/edits`;
        const response = await fetch(url, { method: 'POST', headers, body }).catch(() => null);
        if (response?.ok) {
          base = answer.parse(await response.json()).seq;
          break;
        }
        await pause(20);
      }
      acknowledged.push(character);
    }
    return acknowledged;
  }

  test(`nothing that somebody saw is lost by kill -9, and nothing is there twice (${KILLS} times)`, async () => {
    const id = (await apiOf(0).createSession({ code: '' })).value?.id ?? '';
    const join = async (name: string) => (await apiOf(0).join(id, name)).value?.id ?? '';
    const [ann, bob, eve] = [await join('Ann'), await join('Bob'), await join('Eve')];
    for (let kill = 0; kill < KILLS; kill++) {
      const ws = (index: number) => cluster.url(index).replace('http', 'ws');
      const before = await textOn(0, id);
      const socket = hocuspocusSocket(ws(1));
      const editors = [
        yEditor(ws(0), ann, id),
        hocuspocusEditor(ws(1), bob, { name: id, socket }),
        yEditor(ws(2), eve, id),
      ];
      for (const editor of editors) await hasText(editor, before);
      let isOver = false;
      const base = Number(
        (await fetch(`${cluster.url(0)}/api/v1/sessions/${id}`)).headers.get('etag')?.slice(1, -1),
      );
      const edited = editByChanges(id, base, () => isOver);
      const stops = editors.map(type);
      await pause(500);
      cluster.kill(kill);
      stops[kill]?.();
      const [victim, ...others] = [...editors.slice(kill), ...editors.slice(0, kill)];
      const seen = [...(victim?.text.toString() ?? '')].filter((character) =>
        others.some(({ text }) => text.toString().includes(character)),
      );
      await pause(500);
      for (const stop of stops) stop();
      isOver = true;
      const acknowledged = await edited;
      victim?.provider.destroy();
      const own = others.map(({ text }) => text.toString()).join('');
      const alive = (kill + 1) % INSTANCES;
      const wanted = new Set([...before, ...seen, ...acknowledged, ...own]);
      await expect
        .poll(async () => {
          const text = await textOn(alive, id);
          return [...wanted].filter((character) => !text.includes(character));
        })
        .toEqual([]);
      const text = await textOn(alive, id);
      expect(new Set(text).size).toBe(text.length);
      expect(await textOn(kill + 2, id)).toBe(text);
      for (const editor of others) await hasText(editor, text);
      for (const editor of editors) editor.provider.destroy();
      socket.destroy();
      await cluster.launch(kill);
      expect(await textOn(kill, id)).toBe(text);
    }
    expect(typed).toBeGreaterThan(300);
  });
});
