// The messages of the Hocuspocus provider: those of y-websocket after the name of a document, and some of its own.
import { createDecoder, type Decoder, readVarString, readVarUint } from 'lib0/decoding';
import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeUint8Array,
  writeVarString,
  writeVarUint,
} from 'lib0/encoding';
import { CloseCode, CloseError } from '../close-error.ts';
import { type ClientMessage, parse, readMessage } from './messages.ts';

/** The longest name of a document, and the longest token, in UTF-16 units. */
const MAX_NAME_LENGTH = 500;
const MAX_TOKEN_LENGTH = 4_096;

/** What a client says, over a connection that may carry several documents. */
export interface HocuspocusMessage {
  /** What stands before each message about the document, in both directions. */
  readonly address: string;
  readonly documentName: string;
  readonly message:
    | ClientMessage
    | { readonly type: 'token'; readonly token: string }
    /** The client leaves the document. */
    | { readonly type: 'close' };
}

const AUTH = 2;
const CLOSE = 7;
const SYNC_STATUS = 8;
const PONG = 10;
// Kinds of AUTH.
const TOKEN = 0;
const PERMISSION_DENIED = 1;
const AUTHENTICATED = 2;

/** Parses one message. Returns null for a kind that means nothing here, such as a stateless message. Throws CloseError. */
export function parseHocuspocusMessage(bytes: Uint8Array): HocuspocusMessage | null {
  // The answer to a ping of the connection names no document.
  if (bytes.length === 1 && bytes[0] === PONG) return null;
  return parse(bytes, (decoder) => {
    const address = readBounded(decoder, MAX_NAME_LENGTH);
    const message = readAny(decoder, readVarUint(decoder));
    // With `sessionAwareness`, several providers of one document share a connection, each with an id after the name.
    const [documentName = ''] = address.split('\0');
    return message && { address, documentName, message };
  });
}

/** Returns the address of a message whose rest may be anything; null if it has none. */
export function addressOf(bytes: Uint8Array): string | null {
  try {
    return readVarString(createDecoder(bytes));
  } catch {
    return null;
  }
}

function readAny(decoder: Decoder, kind: number): HocuspocusMessage['message'] | null {
  if (kind === CLOSE) return { type: 'close' };
  if (kind !== AUTH) return readMessage(decoder, kind);
  if (readVarUint(decoder) !== TOKEN) return null;
  const token = readBounded(decoder, MAX_TOKEN_LENGTH);
  // The version of the provider; older ones send none.
  decoder.pos = decoder.arr.length;
  return { type: 'token', token };
}

function readBounded(decoder: Decoder, maximum: number): string {
  const text = readVarString(decoder);
  if (text.length > maximum) throw new CloseError(CloseCode.TOO_LARGE, 'The message is too large');
  return text;
}

/** Returns a message of `encodeMessage` as one about the document with this address. */
export function addressed(address: string, body: Uint8Array): Uint8Array {
  return encode(address, (encoder) => writeUint8Array(encoder, body));
}

/** Says whether an update of the client is stored. */
export function encodeSyncStatus(address: string, isStored: boolean): Uint8Array {
  return encode(address, (encoder) => {
    writeVarUint(encoder, SYNC_STATUS);
    writeVarUint(encoder, isStored ? 1 : 0);
  });
}

/** Says that the token is accepted, and what it allows. */
export function encodeAuthenticated(address: string, canEdit: boolean): Uint8Array {
  return encode(address, (encoder) => {
    writeVarUint(encoder, AUTH);
    writeVarUint(encoder, AUTHENTICATED);
    writeVarString(encoder, canEdit ? 'read-write' : 'readonly');
  });
}

/** Says that the token is not accepted. */
export function encodePermissionDenied(address: string, reason: string): Uint8Array {
  return encode(address, (encoder) => {
    writeVarUint(encoder, AUTH);
    writeVarUint(encoder, PERMISSION_DENIED);
    writeVarString(encoder, reason);
  });
}

/** Says that the server ends the document's connection, after which the provider does not connect again. */
export function encodeClose(address: string, reason: string): Uint8Array {
  return encode(address, (encoder) => {
    writeVarUint(encoder, CLOSE);
    writeVarString(encoder, reason);
  });
}

function encode(address: string, write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder();
  writeVarString(encoder, address);
  write(encoder);
  return toUint8Array(encoder);
}
