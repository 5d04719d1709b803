import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { encodeMessage } from '../../src/documents/protocols/messages.ts';
import { firstState, YjsDocument } from '../../src/documents/yjs-document.ts';
import { applyEdit } from '../../src/text/text-change.ts';
import { clientsOf } from '../support/api-clients.ts';
import { hasText, type YEditor, yEditor } from '../support/documents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ConcurrentTyping, clockOf, readPaper, updateOf } from '../support/traces.ts';

/** How many keystrokes of the paper go through a socket; set PAPER_KEYSTROKES for more. It has 259,778. */
const KEYSTROKES = Number(process.env['PAPER_KEYSTROKES'] ?? 20_000);
/** So many updates are on their way at once, so that the server does not send the client away. */
const IN_FLIGHT = 500;
const CONCURRENT = ['clownschool', 'friendsforever'];

const newDocument = () => new YjsDocument(1, firstState('', 1), '');

describe('in a document', () => {
  test('260,000 keystrokes of one paper, each an edit of the server, end in its text', async () => {
    const { keystrokes, endContent } = await readPaper();
    const document = newDocument();
    for (const [at, length, insert] of keystrokes) document.edit([{ at, delete: length, insert }]);
    expect(document.text).toBe(endContent);
    expect(document.isIntact()).toBe(true);
  });

  test.each(CONCURRENT)('%s: people who type at once come to the known text', async (name) => {
    const typing = await ConcurrentTyping.read(name);
    const document = newDocument();
    for (const { update } of typing.typed()) expect(document.merge(update)).not.toBeNull();
    expect(document.text).toBe(typing.endContent);
    expect(document.isIntact()).toBe(true);
  });
});

describe('over sockets', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  async function newSession() {
    const client = clientsOf(server).REST;
    const id = (await client.createSession({ code: '' })).value?.id ?? '';
    const user = (await client.join(id)).value?.id ?? '';
    const url = server.url.replace('http', 'ws');
    const reader = yEditor(url, null, id);
    await expect.poll(() => reader.provider.synced).toBe(true);
    const open = async () => {
      const socket = new WebSocket(`${url}/yjs/${id}?userId=${user}`);
      await once(socket, 'open');
      return socket;
    };
    return { id, reader, open, code: async () => (await client.getSession(id))?.code };
  }

  const send = (socket: WebSocket | undefined, update: Uint8Array) =>
    socket?.send(encodeMessage({ type: 'update', update }));

  test(`${KEYSTROKES} keystrokes of a paper, each an update, end in its text`, async () => {
    const typed = (await readPaper()).keystrokes.slice(0, KEYSTROKES);
    const { reader, open, code } = await newSession();
    const socket = await open();
    const doc = new Y.Doc();
    for (const [i, [at, length, insert]] of typed.entries()) {
      send(
        socket,
        updateOf(doc, (text) => {
          text.delete(at, length);
          text.insert(at, insert);
        }),
      );
      if (i % IN_FLIGHT === 0) await hasAllOf(reader, doc);
    }
    const text = doc.getText('code').toString();
    await hasText(reader, text);
    expect(
      typed.reduce((before, [at, length, insert]) => applyEdit(before, [{ at, delete: length, insert }]), ''),
    ).toBe(text);
    expect(await code()).toBe(text);
    socket.close();
  }, 600_000);

  test.each(CONCURRENT)('%s: people who type at once come to the known text', async (name) => {
    const typing = await ConcurrentTyping.read(name);
    const { reader, open, code } = await newSession();
    const sockets: WebSocket[] = [];
    const clocks = new Map<number, number>();
    let inFlight = 0;
    for (const { agent, clientId, clock, update, hasLearned } of typing.typed()) {
      if (hasLearned || ++inFlight > IN_FLIGHT) {
        for (const [id, reached] of clocks) await hasClock(reader, id, reached);
        inFlight = 0;
      }
      sockets[agent] ??= await open();
      send(sockets[agent], update);
      clocks.set(clientId, clock);
    }
    await hasText(reader, typing.endContent);
    expect(await code()).toBe(typing.endContent);
    for (const socket of sockets) socket.close();
  });
});

/** Waits until an editor has what the only author of a document did. What is deleted raises no clock. */
async function hasAllOf({ doc }: YEditor, typed: Y.Doc): Promise<void> {
  const { clientID } = typed;
  const lengthOf = (of: Y.Doc) => of.getText('code').length;
  await updated(doc, () => clockOf(doc, clientID) >= clockOf(typed) && lengthOf(doc) === lengthOf(typed));
}

/** Waits until an editor has what a client inserted before a clock. */
async function hasClock({ doc }: YEditor, clientId: number, clock: number): Promise<void> {
  await updated(doc, () => clockOf(doc, clientId) >= clock);
}

async function updated(doc: Y.Doc, isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => doc.once('update', resolve));
}
