import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { z } from 'zod';
import { firstState, YjsDocument } from '../../src/documents/yjs-document.ts';

/** Recorded typing of the public repository josephg/editing-traces (CC BY 4.0), gzipped. It is too large for this one. */
const FOLDER = process.env['EDITING_TRACES'] ?? '../shared/traces';

const patch = z.tuple([z.int(), z.int(), z.string()]);
const trace = z.object({
  endContent: z.string(),
  txns: z.array(
    z.object({
      parents: z.array(z.int()).default([]),
      agent: z.int().default(0),
      patches: z.array(patch),
    }),
  ),
});

function readTrace(name: string): z.output<typeof trace> {
  return trace.parse(JSON.parse(gunzipSync(readFileSync(`${FOLDER}/${name}.json.gz`)).toString()));
}

const newDocument = () => new YjsDocument(1, firstState('', 1), '');

describe.skipIf(!existsSync(FOLDER))(`real typing (skipped without ${FOLDER})`, () => {
  test('260,000 keystrokes of one paper, each an edit of the server, end in its text', () => {
    const { txns, endContent } = readTrace('automerge-paper');
    const document = newDocument();
    for (const [at, length, insert] of txns.flatMap(({ patches }) => patches)) {
      document.edit([{ at, delete: length, insert }]);
    }
    expect(document.text).toBe(endContent);
    expect(document.isIntact()).toBe(true);
  });

  test.each(['clownschool.concurrent', 'friendsforever.concurrent'])(
    '%s: people who type at once come to the known text',
    (name) => {
      const { txns, endContent } = readTrace(name);
      const document = newDocument();
      const replay = new Replay(txns.map(({ parents }) => parents));
      for (const [number, { agent, patches }] of txns.entries()) {
        const update = replay.type(number, agent, (text) => {
          for (const [at, length, insert] of patches) {
            text.delete(at, length);
            text.insert(at, insert);
          }
        });
        expect(document.merge(update)).not.toBeNull();
      }
      expect(document.text).toBe(endContent);
      expect(document.isIntact()).toBe(true);
    },
  );
});

/** The editors of a trace. Each one knows what its person knew when it typed. */
class Replay {
  readonly #parents: readonly (readonly number[])[];
  readonly #editors = new Map<number, { doc: Y.Doc; known: Set<number> }>();
  readonly #updates: Uint8Array[] = [];

  constructor(parents: readonly (readonly number[])[]) {
    this.#parents = parents;
  }

  /** Returns the update of what a person types as this number of the trace. */
  type(number: number, agent: number, act: (text: Y.Text) => void): Uint8Array {
    const { doc, known } = this.#editorOf(agent);
    for (const parent of this.#unknownBefore(number, known)) {
      Y.applyUpdate(doc, this.#updates[parent] ?? new Uint8Array());
    }
    known.add(number);
    let result: Uint8Array = new Uint8Array();
    doc.once('update', (update: Uint8Array) => {
      result = update;
    });
    doc.transact(() => act(doc.getText('code')));
    this.#updates[number] = result;
    return result;
  }

  /** Adds to `known` what came before a number, and returns it, oldest first. */
  #unknownBefore(number: number, known: Set<number>): number[] {
    const found: number[] = [];
    const open = [...(this.#parents[number] ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (known.has(next)) continue;
      known.add(next);
      found.push(next);
      open.push(...(this.#parents[next] ?? []));
    }
    return found.sort((one, two) => one - two);
  }

  #editorOf(agent: number): { doc: Y.Doc; known: Set<number> } {
    const editor = this.#editors.get(agent) ?? { doc: new Y.Doc(), known: new Set() };
    // Of two who insert at one place, Yjs puts the lower id first; the texts of the traces were made so.
    if (!this.#editors.has(agent)) editor.doc.clientID = 1_000 + agent;
    this.#editors.set(agent, editor);
    return editor;
  }
}
