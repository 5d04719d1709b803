import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { stopRest } from '../support/cleanup.ts';
import { type DocumentServer, MemoryDocument, SESSION, startDocumentServer } from '../support/documents.ts';

let document: MemoryDocument;
let server: DocumentServer;
beforeEach(async () => {
  document = new MemoryDocument('start\n');
  server = await startDocumentServer(document);
});
afterEach(stopRest);

async function openRaw(path = `/yjs/${SESSION}?userId=ann`) {
  const socket = new WebSocket(`${server.url}${path}`);
  const received: Uint8Array[] = [];
  socket.on('message', (data: Buffer) => received.push(new Uint8Array(data)));
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)]);
  await once(socket, 'open');
  return { socket, received, closed };
}

const LONG = new Uint8Array(9 * 1024 * 1024);
test.each([
  [`/yjs/${SESSION}?userId=ann`, new Uint8Array([0, 2, 9, 1]), 4400, /malformed/],
  ['/yjs', new Uint8Array([1, 97, 0, 2, 9, 1]), 4400, /malformed/],
  [`/yjs/${SESSION}?userId=ann`, LONG, 4413, /at most \d+ bytes/],
  ['/yjs', LONG, 4413, /at most \d+ bytes/],
])(
  '%s: malformed and oversized messages close the socket, and are told why',
  async (path, data, expected, why) => {
    const { socket, closed } = await openRaw(path);
    socket.send(data);
    const [code, reason] = await closed;
    expect([code, server.reported]).toEqual([expected, []]);
    expect(reason).toMatch(why);
  },
);

test('kinds that are not known, and messages about no document, are passed over', async () => {
  const one = await openRaw();
  one.socket.send(new Uint8Array([77, 1, 2]));
  one.socket.send(new Uint8Array([0, 0, 1, 0]));
  await expect.poll(() => one.received.length).toBe(2);
  const two = await openRaw('/yjs');
  two.socket.send(new Uint8Array([1, 97, 0, 0, 1, 0]));
  two.socket.ping();
  await once(two.socket, 'pong');
  expect(two.received).toEqual([]);
});

test('an incomplete update is asked for once, and ends the connection if the answer is incomplete, too', async () => {
  const { socket, received, closed } = await openRaw();
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update) => updates.push(update));
  for (const letter of 'abc') doc.getText('code').insert(doc.getText('code').length, letter);
  const send = (type: number, update: Uint8Array) =>
    socket.send(new Uint8Array([0, type, update.length, ...update]));
  for (const update of updates.slice(1)) send(2, update);
  await expect.poll(() => received.length).toBe(1);
  expect([...(received[0] ?? [])].slice(0, 2)).toEqual([0, 0]);
  send(1, Y.encodeStateAsUpdate(doc));
  await expect.poll(() => document.text).toContain('abc');
  const [, , last = new Uint8Array()] = updates;
  const other = new Y.Doc();
  other.getText('code').insert(0, 'x');
  other.getText('code').insert(1, 'y');
  const unknown = Y.encodeStateAsUpdate(other, new Uint8Array([1, ...encodeId(other.clientID), 1]));
  send(2, last);
  send(2, unknown);
  send(1, unknown);
  expect(await closed).toEqual([4400, 'The update refers to something that does not exist']);
});

test('a token after one that is refused counts, however fast it comes, and its room ends with the socket', async () => {
  const { socket } = await openRaw('/yjs');
  const token = (userId: string) => [2, 0, userId.length, ...Buffer.from(userId)];
  for (const message of [token('nobody'), [7], token('ann')]) {
    socket.send(new Uint8Array([SESSION.length, ...Buffer.from(SESSION), ...message]));
  }
  await expect.poll(() => server.online).toEqual(['ann']);
  expect(server.rooms.has(SESSION)).toBe(true);
  socket.close();
  await expect.poll(() => [server.rooms.has(SESSION), server.online]).toEqual([false, []]);
});

test('one socket carries 32 documents', async () => {
  const { socket, received } = await openRaw('/yjs');
  for (let i = 0; i < 33; i++) {
    const address = Buffer.from(`${SESSION}\0${i}`);
    socket.send(new Uint8Array([address.length, ...address, 2, 0, 3, ...Buffer.from('ann')]));
  }
  const denied = () =>
    received.map((bytes) => String(Buffer.from(bytes))).filter((text) => text.includes('Too many'));
  await expect.poll(denied).toEqual([expect.stringContaining(`${SESSION}\0${32}`)]);
  await expect.poll(() => server.online).toHaveLength(32);
});

test('too much at once is sent away to come back later', async () => {
  const { socket, closed } = await openRaw();
  for (let i = 0; i < 300; i++) socket.send(new Uint8Array([0, 0, 1, 0]));
  expect(await closed).toEqual([1013, 'Too much at once: come back later']);
});

test('more updates than may wait are sent away to come back later', async () => {
  document.hold();
  const { socket, closed } = await openRaw();
  const doc = new Y.Doc();
  doc.on('update', (update: Uint8Array) => socket.send(new Uint8Array([0, 2, update.length, ...update])));
  for (let i = 0; i < 1_002; i++) doc.getText('code').insert(i, 'x');
  expect(await closed).toEqual([1013, 'Too many updates wait']);
});

function encodeId(clientId: number): number[] {
  const bytes = [];
  let rest = clientId;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

test('a socket over which no document is opened is closed', async () => {
  server = await startDocumentServer(document, { firstDocumentMs: 50 });
  const { closed } = await openRaw('/yjs');
  expect(await closed).toEqual([4408, 'No document was opened']);
});
