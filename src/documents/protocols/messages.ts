// The messages of y-websocket. The Hocuspocus provider sends the same ones after the name of a document.
import {
  createDecoder,
  type Decoder,
  hasContent,
  readVarString,
  readVarUint,
  readVarUint8Array,
} from 'lib0/decoding';
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding';
import { CloseCode, CloseError } from '../close-error.ts';
import { UPDATE_LIMIT } from '../yjs-checks.ts';

/** The longest message, in bytes: an update and what stands before it. */
export const MESSAGE_LIMIT = UPDATE_LIMIT + 1024;

/** The most awareness states in one message. */
const MAX_STATES = 2_000;

/** What one client shows to the others: a cursor, say. */
export interface AwarenessState {
  /** The Yjs client id. */
  readonly clientId: number;
  /** Of two states of a client, the one with the higher clock is the later one. */
  readonly clock: number;
  /** An object in JSON; `null` when the client has gone. */
  readonly json: string;
}

/** What a client says about a document. */
export type ClientMessage =
  | { readonly type: 'syncStep1'; readonly vector: Uint8Array }
  | { readonly type: 'syncStep2'; readonly update: Uint8Array }
  | { readonly type: 'update'; readonly update: Uint8Array }
  | { readonly type: 'awareness'; readonly states: readonly AwarenessState[] }
  | { readonly type: 'queryAwareness' };

/** What the server says about a document. */
export type ServerMessage = Exclude<ClientMessage, { readonly type: 'queryAwareness' }>;

const SYNC = 0;
const AWARENESS = 1;
const QUERY_AWARENESS = 3;
const SYNC_TYPES = ['syncStep1', 'syncStep2', 'update'] as const;

/** Parses one message of y-websocket. Returns null for a kind that is not known. Throws CloseError. */
export function parseMessage(bytes: Uint8Array): ClientMessage | null {
  return parse(bytes, (decoder) => readMessage(decoder, readVarUint(decoder)));
}

/** Reads a message with `read`, which may throw anything. Throws CloseError. */
export function parse<Message>(
  bytes: Uint8Array,
  read: (decoder: Decoder) => Message | null,
): Message | null {
  if (bytes.length > MESSAGE_LIMIT) throw new CloseError(CloseCode.TOO_LARGE, 'The message is too large');
  const decoder = createDecoder(bytes);
  try {
    const message = read(decoder);
    if (message !== null && hasContent(decoder)) throw malformed();
    return message;
  } catch (error) {
    throw error instanceof CloseError ? error : malformed();
  }
}

/** Reads the rest of a message of this kind. Throws any error for one that is malformed. */
export function readMessage(decoder: Decoder, kind: number): ClientMessage | null {
  switch (kind) {
    case SYNC:
      return readSync(decoder);
    case AWARENESS:
      return { type: 'awareness', states: readStates(readVarUint8Array(decoder)) };
    case QUERY_AWARENESS:
      return { type: 'queryAwareness' };
    default:
      return null;
  }
}

function readSync(decoder: Decoder): ClientMessage {
  const type = SYNC_TYPES[readVarUint(decoder)];
  if (!type) throw malformed();
  const bytes = readVarUint8Array(decoder);
  return type === 'syncStep1' ? { type, vector: bytes } : { type, update: bytes };
}

function readStates(bytes: Uint8Array): AwarenessState[] {
  const decoder = createDecoder(bytes);
  const states: AwarenessState[] = [];
  const count = readVarUint(decoder);
  if (count > MAX_STATES) throw new CloseError(CloseCode.REFUSED, 'Too many awareness states');
  for (let i = 0; i < count; i++) {
    states.push({
      clientId: readVarUint(decoder),
      clock: readVarUint(decoder),
      json: readVarString(decoder),
    });
  }
  if (hasContent(decoder)) throw malformed();
  return states;
}

function malformed(): CloseError {
  return new CloseError(CloseCode.REFUSED, 'The message is malformed');
}

/** Returns the bytes of a message. They are the same for each client, so that a message is encoded once for all. */
export function encodeMessage(message: ServerMessage): Uint8Array {
  const encoder = createEncoder();
  if (message.type === 'awareness') {
    writeVarUint(encoder, AWARENESS);
    writeVarUint8Array(encoder, encodeStates(message.states));
  } else {
    writeVarUint(encoder, SYNC);
    writeVarUint(encoder, SYNC_TYPES.indexOf(message.type));
    writeVarUint8Array(encoder, message.type === 'syncStep1' ? message.vector : message.update);
  }
  return toUint8Array(encoder);
}

/** Whether these bytes of `encodeMessage` are awareness states. */
export function isAwareness(body: Uint8Array): boolean {
  return body[0] === AWARENESS;
}

function encodeStates(states: readonly AwarenessState[]): Uint8Array {
  const encoder = createEncoder();
  writeVarUint(encoder, states.length);
  for (const { clientId, clock, json } of states) {
    writeVarUint(encoder, clientId);
    writeVarUint(encoder, clock);
    writeVarString(encoder, json);
  }
  return toUint8Array(encoder);
}
