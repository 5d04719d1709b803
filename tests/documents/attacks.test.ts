import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CloseCode } from '../../src/documents/close-error.ts';
import { encodeMessage } from '../../src/documents/protocols/messages.ts';
import { stopRest } from '../support/cleanup.ts';
import {
  type DocumentServer,
  MemoryDocument,
  SESSION,
  startDocumentServer,
  type YEditor,
  yEditor,
} from '../support/documents.ts';
import { bytesOf, insertion } from '../support/yjs-bytes.ts';

const TEXT = 'abc😀def';

let document: MemoryDocument;
let server: DocumentServer;
let bystander: YEditor;
beforeAll(async () => {
  document = new MemoryDocument(TEXT);
  server = await startDocumentServer(document);
  bystander = yEditor(server.url, 'bob');
});
beforeEach(() => expect.poll(() => bystander.provider.synced).toBe(true));
afterAll(stopRest);

const many = <Value>(count: number, make: (i: number) => Value) =>
  Array.from({ length: count }, (_, i) => make(i));

test.each<[string, Uint8Array]>([
  ['no update', new Uint8Array([1, 2, 3])],
  ['a right origin left of the left one', bytesOf([[1000, 0, [insertion('x', [1, 6], [1, 1])]]])],
  [
    'origins in order, with own text between',
    bytesOf([[1000, 0, many(2, () => insertion('x', [1, 0], [1, 1]))]]),
  ],
  ['the server’s client id', bytesOf([[1, 8, [insertion('x', [1, 0])]]])],
  ['200,000 deletions of unknown clients', bytesOf([], [[7000, many(200_000, (i) => [i * 2, 1] as const)]])],
  ['another root', bytesOf([[1000, 0, [{ ...insertion('x'), root: 'other' }]]])],
  ['a key of a map', bytesOf([[1000, 0, [{ ...insertion('x'), kind: 0x24 }]]])],
  ['thousands of client ids', bytesOf(many(5_000, (i) => [1000 + i, 0, [insertion('x')]] as const))],
  ['1 MB of 100,000 parts', bytesOf([[1000, 0, many(100_000, () => insertion('x', [1, 0]))]])],
  ['a NUL', bytesOf([[1000, 0, [insertion('a\0')]]])],
  ['half of a surrogate pair', bytesOf([], [[1, [[3, 1]]]])],
])('%s: closed for good, nothing is kept, and nobody else notices', async (_name, update) => {
  const socket = new WebSocket(`${server.url}/yjs/${SESSION}?userId=ann`);
  const closed = once(socket, 'close');
  await once(socket, 'open');
  const before = document.text;
  socket.send(encodeMessage({ type: 'update', update }));
  expect((await closed)[0]).toBe(CloseCode.REFUSED);
  expect(document.text).toBe(before);
  bystander.text.insert(0, 'y');
  await expect.poll(() => document.text).toBe(`y${before}`);
  expect([bystander.provider.wsconnected, document.entries.every(({ userId }) => userId === 'bob')]).toEqual([
    true,
    true,
  ]);
  expect([server.reported, server.online]).toEqual([[], ['bob']]);
});

test('missing predecessors by the thousand are asked for once, and nothing of them is kept', async () => {
  const socket = new WebSocket(`${server.url}/yjs/${SESSION}?userId=ann`);
  const received: number[][] = [];
  socket.on('message', (data: Buffer) => received.push([...data.subarray(0, 2)]));
  const closed = once(socket, 'close');
  await once(socket, 'open');
  const update = bytesOf([[1000, 5, many(3_000, (i) => insertion('x', [1000, i + 4]))]]);
  for (let i = 0; i < 3; i++) socket.send(encodeMessage({ type: 'update', update }));
  socket.send(encodeMessage({ type: 'syncStep2', update }));
  expect((await closed)[0]).toBe(CloseCode.REFUSED);
  expect(received.filter(([kind, type]) => kind === 0 && type === 0)).toHaveLength(1);
  expect(document.entries.every(({ userId }) => userId === 'bob')).toBe(true);
});
