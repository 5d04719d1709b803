import { once } from 'node:events';
import { beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { CloseCode } from '../../src/documents/close-error.ts';
import { encodeMessage, type ServerMessage } from '../../src/documents/protocols/messages.ts';
import { graphql } from '../generated/gql.ts';
import { query } from '../support/graphql.ts';
import { longestTurn, startVictim, type Victim } from '../support/victim.ts';
import { bytesOf, insertion } from '../support/yjs-bytes.ts';

const TEXT = 'abc😀def';

const AttackMerge = graphql(`
  mutation AttackMerge($input: MergeDocumentInput!) {
    mergeDocument(input: $input) { __typename ... on Error { message } }
  }
`);

/** Sends messages over a socket of y-websocket. Returns the code with which it is closed. */
async function closeCodeAfter({ url, id, ann }: Victim, messages: readonly ServerMessage[]): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/yjs/${id}?userId=${ann}`);
  const closed = once(socket, 'close');
  await once(socket, 'open');
  for (const message of messages) socket.send(encodeMessage(message));
  return (await closed)[0];
}

/** Sends an update over GraphQL. Returns the type of the answer. */
async function answerTo({ url, id, ann }: Victim, update: Uint8Array): Promise<string> {
  const input = { sessionId: id, userId: ann, update: Buffer.from(update).toString('base64') };
  return (await query(`${url}/graphql`, AttackMerge, { input })).mergeDocument.__typename;
}

/** Expects that the log has nothing of an attack, and that the others type on. */
async function expectUndisturbed({ bystander, client, id }: Victim): Promise<void> {
  const before = bystander.text.toString();
  bystander.text.insert(0, 'y');
  await expect.poll(async () => (await client.getSession(id))?.code).toBe(`y${before}`);
  expect(bystander.provider.wsconnected).toBe(true);
}

/** An update of which something is missing is asked for once. */
const twice = (update: Uint8Array) => [
  { type: 'syncStep2', update } as const,
  { type: 'syncStep2', update } as const,
];

const many = <Value>(count: number, make: (i: number) => Value) =>
  Array.from({ length: count }, (_, i) => make(i));

const deletionsOfUnknown = bytesOf([], [[7000, many(200_000, (i) => [i * 2, 1] as const)]]);
const thousandsOfClients = bytesOf(many(5_000, (i) => [1000 + i, 0, [insertion('x')]] as const));
const thousandsOfParts = bytesOf([[1000, 0, many(100_000, () => insertion('x', [1, 0]))]]);
const missingPredecessors = bytesOf([[1000, 5, many(3_000, (i) => insertion('x', [1000, i + 4]))]]);

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim(TEXT);
});

test.each<[string, Uint8Array]>([
  ['no update', new Uint8Array([1, 2, 3])],
  ['a right origin left of the left one', bytesOf([[1000, 0, [insertion('x', [1, 6], [1, 1])]]])],
  [
    'origins in order, with own text between',
    bytesOf([[1000, 0, many(2, () => insertion('x', [1, 0], [1, 1]))]]),
  ],
  ['the server’s client id', bytesOf([[1, 8, [insertion('x', [1, 0])]]])],
  ['200,000 deletions of unknown clients', deletionsOfUnknown],
  ['another root', bytesOf([[1000, 0, [{ ...insertion('x'), root: 'other' }]]])],
  ['a key of a map', bytesOf([[1000, 0, [{ ...insertion('x'), kind: 0x24 }]]])],
  ['thousands of client ids', thousandsOfClients],
  ['1 MB of 100,000 parts', thousandsOfParts],
  ['a NUL', bytesOf([[1000, 0, [insertion('a\0')]]])],
  ['half of a surrogate pair', bytesOf([], [[1, [[3, 1]]]])],
  ['missing predecessors by the thousand', missingPredecessors],
])('%s: refused at every door, nothing is kept, and nobody else notices', async (_name, update) => {
  expect(await closeCodeAfter(victim, twice(update))).toBe(CloseCode.REFUSED);
  expect(await answerTo(victim, update)).toBe('EditRefusedError');
  await expectUndisturbed(victim);
});

test('the client of another user: refused at every door, and the text of the other stays', async () => {
  const { clientID, store } = victim.bystander.doc;
  const forged = bytesOf([[clientID, Y.getState(store, clientID), [insertion('x', [1, 0])]]]);
  expect(await closeCodeAfter(victim, twice(forged))).toBe(CloseCode.REFUSED);
  expect(await answerTo(victim, forged)).toBe('EditRefusedError');
  await expectUndisturbed(victim);
});

const LIMIT = 2 * 1024 * 1024;

test.each<[string, ServerMessage, number]>([
  ['a malformed state vector', { type: 'syncStep1', vector: new Uint8Array([9, 1]) }, CloseCode.REFUSED],
  [
    'a state vector of 40,000 clients',
    { type: 'syncStep1', vector: Y.encodeStateVector(new Map(many(40_000, (i) => [i + 1_000, 1]))) },
    CloseCode.REFUSED,
  ],
  [
    'an update that is too long',
    { type: 'update', update: bytesOf([[1000, 0, [insertion('x'.repeat(LIMIT + 70_000))]]]) },
    CloseCode.TOO_LARGE,
  ],
  [
    'a text that is too long',
    { type: 'update', update: bytesOf([[1000, 0, [insertion('x'.repeat(LIMIT))]]]) },
    CloseCode.TOO_LARGE,
  ],
])('%s: closed for good, nothing is kept, and nobody else notices', async (_name, message, code) => {
  expect(await closeCodeAfter(victim, [message])).toBe(code);
  await expectUndisturbed(victim);
});

/** The longest turn of the event loop that an update may cause. */
const LONGEST_MS = 100;
/** A turn lasts longer where others use the processor: the quickest try counts. */
const TRIES = 3;
const LONG_TEXT = 'print(1)\n'.repeat(20_000);

test.each<[string, Uint8Array]>([
  ['200,000 deletions of unknown clients', deletionsOfUnknown],
  ['thousands of client ids', thousandsOfClients],
  ['1 MB of 100,000 parts', thousandsOfParts],
  ['missing predecessors by the thousand', missingPredecessors],
  [
    'as many parts as are taken, over all of a long text',
    bytesOf([[1000, 0, many(4_000, (i) => insertion('x', [1, i * 44], [1, i * 44 + 1]))]]),
  ],
  ['as much text as is taken', bytesOf([[1000, 0, [insertion('x'.repeat(LIMIT - LONG_TEXT.length))]]])],
])('%s: holds up a server that has just started for no more than 100 ms', async (_name, update) => {
  const turns: number[] = [];
  while (turns.length < TRIES && !turns.some((turn) => turn <= LONGEST_MS)) {
    const fresh = await startVictim(LONG_TEXT);
    const socket = new WebSocket(`${fresh.url.replace('http', 'ws')}/yjs/${fresh.id}?userId=${fresh.ann}`);
    await once(socket, 'open');
    const next = new Promise((resolve) => {
      socket.once('close', resolve);
      socket.on('message', (data: Buffer) => data[0] === 0 && resolve(null));
    });
    turns.push(
      await longestTurn(fresh, async () => {
        socket.send(encodeMessage({ type: 'update', update }));
        await next;
      }),
    );
    await fresh.stop();
  }
  expect(Math.min(...turns)).toBeLessThanOrEqual(LONGEST_MS);
});
