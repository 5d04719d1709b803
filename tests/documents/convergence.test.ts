import { collab, getSyncedVersion, receiveUpdates, sendableUpdates } from '@codemirror/collab';
import { ChangeSet, EditorState, Text } from '@codemirror/state';
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { type AppliedEdit, firstState, YjsDocument } from '../../src/documents/yjs-document.ts';
import { applyEdit, type Edit, rebaseEdit, type TextChange } from '../../src/text/text-change.ts';
import { diffTexts } from '../../src/text/whole-text.ts';
import { Alphabet, randomChange } from '../support/letters.ts';
import { type Random, seededRandom } from '../support/random.ts';

type Entry = AppliedEdit & { readonly author: string };

/** The server: a log and the document that is kept with it. */
class Server {
  readonly log: Entry[] = [];
  readonly document = new YjsDocument(1, firstState('', 1), '');

  edit(author: string, base: number, edit: Edit): void {
    const later = this.log.slice(base).map(({ changes }) => changes);
    this.log.push({ author, ...this.document.edit(rebaseEdit(edit, later, this.document.text)) });
  }

  merge(author: string, update: Uint8Array): void {
    const applied = this.document.merge(update);
    expect(applied).not.toBeNull();
    if (applied) this.log.push({ author, ...applied });
  }

  replay(until = this.log.length): string {
    return this.log.slice(0, until).reduce((text, { changes }) => applyEdit(text, changes), '');
  }
}

/** Types or deletes something that must not be lost. */
function typeAtRandom(random: Random, text: string, alphabet: Alphabet): TextChange {
  const change = randomChange(random, text, alphabet);
  alphabet.keep(change.insert);
  return change;
}

interface Client {
  act(random: Random, alphabet: Alphabet): void;
  send(): void;
  /** Takes the next entry of the log. */
  receive(): void;
  isBehind(): boolean;
  text(): string;
}

const toChangeSet = (edit: Edit, length: number) =>
  ChangeSet.of(
    edit.map(({ at, delete: deleted, insert }) => ({
      from: at,
      to: at + deleted,
      insert: Text.of([insert]),
    })),
    length,
  );

/** Without a CRDT: an editor with @codemirror/collab, one edit in flight. */
function thinClient(name: string, server: Server): Client {
  let state = EditorState.create({ extensions: [collab({ clientID: name })] });
  let isInFlight = false;
  return {
    act: (random, alphabet) => {
      const { at, delete: deleted, insert } = typeAtRandom(random, state.doc.toString(), alphabet);
      state = state.update({ changes: { from: at, to: at + deleted, insert } }).state;
    },
    send: () => {
      const [update] = sendableUpdates(state);
      if (!update || isInFlight) return;
      isInFlight = true;
      const edit: TextChange[] = [];
      update.changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
        edit.push({ at: from, delete: to - from, insert: inserted.toString() });
      });
      server.edit(name, getSyncedVersion(state), edit);
    },
    receive: () => {
      const version = getSyncedVersion(state);
      const entry = server.log[version];
      if (!entry) return;
      if (entry.author === name) isInFlight = false;
      const changes = toChangeSet(entry.changes, server.replay(version).length);
      state = receiveUpdates(state, [{ changes, clientID: entry.author }]).state;
    },
    isBehind: () => getSyncedVersion(state) < server.log.length || sendableUpdates(state).length > 0,
    text: () => state.doc.toString(),
  };
}

/** An editor with Yjs, with undo, which is offline until it sends. */
function yjsClient(name: string, id: number, server: Server): Client {
  const doc = new Y.Doc();
  doc.clientID = id;
  const shared = doc.getText('code');
  const undo = new Y.UndoManager(shared, { captureTimeout: 0 });
  let unsent: Uint8Array[] = [];
  let isInsertion = false;
  let received = 0;
  doc.on('update', (update, origin) => {
    if (origin !== 'log') unsent.push(update);
  });
  return {
    act: (random, alphabet) => {
      // To undo a deletion is to type again: two who undo the same one get the text twice.
      if (isInsertion && random() < 0.2) {
        const before = [...shared.toString()];
        undo.undo();
        alphabet.delete(before.filter((letter) => !shared.toString().includes(letter)).join(''));
        isInsertion = false;
        return;
      }
      const { at, delete: deleted, insert } = typeAtRandom(random, shared.toString(), alphabet);
      isInsertion = deleted === 0;
      doc.transact(() => {
        shared.delete(at, deleted);
        shared.insert(at, insert);
      });
    },
    send: () => {
      if (unsent.length > 0) server.merge(name, Y.mergeUpdates(unsent));
      unsent = [];
    },
    receive: () => {
      const entry = server.log[received];
      if (entry) Y.applyUpdate(doc, entry.update, 'log');
      received = Math.min(received + 1, server.log.length);
    },
    isBehind: () => received < server.log.length || unsent.length > 0,
    text: () => shared.toString(),
  };
}

/** Sends its whole text, merged as a diff against the text that it had read. */
function wholeTextClient(name: string, server: Server): Client {
  let base = 0;
  let text = '';
  return {
    act: (random, alphabet) => {
      text = applyEdit(text, [typeAtRandom(random, text, alphabet)]);
    },
    send: () => {
      const edit = diffTexts(server.replay(base), text);
      if (edit.length === 0) return;
      server.edit(name, base, edit);
      base = server.log.length;
      text = server.replay();
    },
    receive: () => {
      if (text !== server.replay(base)) return;
      base = server.log.length;
      text = server.replay();
    },
    isBehind: () => base < server.log.length || text !== server.replay(base),
    text: () => text,
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'clients of all kinds come to the text of the log and lose nothing: seed %i',
  (seed) => {
    const random = seededRandom(seed);
    const alphabet = new Alphabet();
    const server = new Server();
    const clients = [
      thinClient('thin 1', server),
      thinClient('thin 2', server),
      yjsClient('yjs 1', 5001, server),
      yjsClient('yjs 2', 3_000_000_000, server),
      yjsClient('yjs 3', 2002, server),
      wholeTextClient('whole', server),
    ];
    for (let step = 0; step < 1500; step++) {
      const client = clients[Math.floor(random() * clients.length)];
      const choice = random();
      if (choice < 0.4) client?.act(random, alphabet);
      else if (choice < 0.55) client?.send();
      else client?.receive();
    }
    while (clients.some((client) => client.isBehind())) {
      for (const client of clients) {
        client.receive();
        client.send();
      }
    }
    const text = server.replay();
    expect(clients.map((client) => client.text())).toEqual(clients.map(() => text));
    expect(server.document.text).toBe(text);
    expect(server.document.isIntact()).toBe(true);
    const letters = [...text];
    expect(new Set(letters).size).toBe(letters.length);
    expect(alphabet.lostFrom(text)).toEqual([]);
    expect(letters.filter((letter) => !alphabet.typed.has(letter))).toEqual([]);
  },
);
