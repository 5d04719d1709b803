import { once } from 'node:events';
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding';
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { addressed } from '../../src/documents/protocols/hocuspocus-messages.ts';
import { encodeMessage } from '../../src/documents/protocols/messages.ts';

export type Framing = 'y-websocket' | 'Hocuspocus';

/** A document on a server, and who opens it. */
export interface Target {
  readonly framing: Framing;
  /** Of the WebSocket. */
  readonly url: string;
  readonly name: string;
  readonly token: string;
}

const SYNC = 0;
const AUTH = 2;
const TOKEN = 0;
const UPDATE = 2;
const STEP_2 = 1;
const SYNC_STATUS = 8;

/** A person who types: the least of an editor, so that what is measured is the server. */
export class DocumentClient {
  readonly #socket: WebSocket;
  readonly #target: Target;
  readonly #doc = new Y.Doc();
  #typed: Uint8Array = new Uint8Array();
  /** Called with each update that the server sends. */
  onUpdate: ((update: Uint8Array) => void) | null = null;
  /** Called with the answer to `sync`. */
  onState: (update: Uint8Array) => void = () => {};
  /** Resolves when the connection has ended. */
  readonly closed: Promise<unknown>;
  /** How many updates Hocuspocus' protocol has said to be stored. */
  acknowledged = 0;

  private constructor(socket: WebSocket, target: Target) {
    this.#socket = socket;
    this.#target = target;
    this.closed = once(socket, 'close');
    this.#doc.on('update', (update: Uint8Array) => {
      this.#typed = update;
    });
    socket.on('message', (bytes: Buffer) => this.#receive(bytes));
  }

  static async open(target: Target): Promise<DocumentClient> {
    const socket = new WebSocket(target.url);
    await once(socket, 'open');
    const client = new DocumentClient(socket, target);
    if (target.framing === 'Hocuspocus') {
      const token = createEncoder();
      for (const value of [AUTH, TOKEN]) writeVarUint(token, value);
      writeVarString(token, target.token);
      socket.send(addressed(target.name, toUint8Array(token)));
      await once(socket, 'message');
    }
    return client;
  }

  get clientId(): number {
    return this.#doc.clientID;
  }

  /** Types a letter behind what it typed before. Returns its clock. */
  type(letter = 'x'): number {
    const text = this.#doc.getText('code');
    const clock = text.length;
    text.insert(clock, letter);
    this.#send(encodeMessage({ type: 'update', update: this.#typed }));
    return clock;
  }

  /** Asks for the whole document. */
  sync(): void {
    this.#send(encodeMessage({ type: 'syncStep1', vector: new Uint8Array([0]) }));
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  #send(body: Uint8Array): void {
    const { framing, name } = this.#target;
    this.#socket.send(framing === 'Hocuspocus' ? addressed(name, body) : body);
  }

  #receive(bytes: Buffer): void {
    if (!this.onUpdate) return;
    const decoder = createDecoder(bytes);
    if (this.#target.framing === 'Hocuspocus') readVarString(decoder);
    const kind = readVarUint(decoder);
    if (kind === SYNC_STATUS) this.acknowledged += readVarUint(decoder);
    if (kind !== SYNC) return;
    const type = readVarUint(decoder);
    const content = readVarUint8Array(decoder);
    if (type === UPDATE) this.onUpdate(content);
    if (type === STEP_2) this.onState(content);
  }
}

/** Calls `take` with each letter that an update inserts. */
export function lettersOf(update: Uint8Array, take: (clientId: number, clock: number) => void): void {
  for (const { id, length } of Y.decodeUpdate(update).structs) {
    for (let i = 0; i < length; i++) take(id.client, id.clock + i);
  }
}
