import * as encoding from 'lib0/encoding';
import { describe, expect, test } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import { readSyncMessage, writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync';
import * as Y from 'yjs';
import { addressed, parseHocuspocusMessage } from '../../src/documents/protocols/hocuspocus-messages.ts';
import { encodeMessage, parseMessage } from '../../src/documents/protocols/messages.ts';

const doc = new Y.Doc();
doc.getText('code').insert(0, 'text');

/** A message by y-protocols, which both providers use. */
function bytesOf(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  write(encoder);
  return encoding.toUint8Array(encoder);
}
const syncBytes = (write: (encoder: encoding.Encoder) => void) =>
  bytesOf((encoder) => {
    encoding.writeVarUint(encoder, 0);
    write(encoder);
  });
const awarenessBytes = (update: Uint8Array) =>
  bytesOf((encoder) => {
    encoding.writeVarUint(encoder, 1);
    encoding.writeVarUint8Array(encoder, update);
  });

function updateOf(awareness: Awareness): Uint8Array {
  return encodeAwarenessUpdate(awareness, [awareness.clientID]);
}

describe('y-websocket', () => {
  const update = Y.encodeStateAsUpdate(doc);
  const vector = Y.encodeStateVector(doc);

  test.each([
    ['syncStep1', syncBytes((encoder) => writeSyncStep1(encoder, doc)), { type: 'syncStep1', vector }],
    ['syncStep2', syncBytes((encoder) => writeSyncStep2(encoder, doc)), { type: 'syncStep2', update }],
    ['update', syncBytes((encoder) => writeUpdate(encoder, update)), { type: 'update', update }],
  ] as const)('%s is read and written as y-protocols does it', (_name, bytes, message) => {
    expect(parseMessage(bytes)).toEqual(message);
    expect(encodeMessage(message)).toEqual(bytes);
  });

  test('awareness is read and written as y-protocols does it', () => {
    const [mine, theirs] = [new Awareness(new Y.Doc()), new Awareness(new Y.Doc())];
    mine.setLocalState({ user: { name: 'Änn 😀' } });
    const bytes = awarenessBytes(updateOf(mine));
    const states = [{ clientId: mine.clientID, clock: 1, json: '{"user":{"name":"Änn 😀"}}' }];
    expect(parseMessage(bytes)).toEqual({ type: 'awareness', states });
    expect(encodeMessage({ type: 'awareness', states })).toEqual(bytes);
    applyAwarenessUpdate(theirs, updateOf(mine), null);
    expect(theirs.getStates().get(mine.clientID)).toEqual({ user: { name: 'Änn 😀' } });
    for (const awareness of [mine, theirs]) awareness.destroy();
  });

  test('the request for awareness is read, and kinds that are not known are passed over', () => {
    expect(parseMessage(new Uint8Array([3]))).toEqual({ type: 'queryAwareness' });
    expect([parseMessage(new Uint8Array([2, 0, 0])), parseMessage(new Uint8Array([99]))]).toEqual([
      null,
      null,
    ]);
  });
});

describe('Hocuspocus', () => {
  const named = (name: string, write: (encoder: encoding.Encoder) => void) =>
    bytesOf((encoder) => {
      encoding.writeVarString(encoder, name);
      write(encoder);
    });
  const token = (encoder: encoding.Encoder) => {
    for (const kind of [2, 0]) encoding.writeVarUint(encoder, kind);
    encoding.writeVarString(encoder, 'ann');
  };

  test('is y-websocket after the name of a document', () => {
    const body = syncBytes((encoder) => writeSyncStep1(encoder, doc));
    const bytes = addressed('doc', body);
    expect(bytes).toEqual(named('doc', (encoder) => encoding.writeUint8Array(encoder, body)));
    expect(parseHocuspocusMessage(bytes)).toEqual({
      address: 'doc',
      documentName: 'doc',
      message: parseMessage(body),
    });
  });

  test('an id of a provider may stand after the name', () => {
    const message = parseHocuspocusMessage(named('doc\0abc', (encoder) => encoding.writeVarUint(encoder, 7)));
    expect(message).toEqual({ address: 'doc\0abc', documentName: 'doc', message: { type: 'close' } });
  });

  test('a token is read with and without the version of the provider', () => {
    const read = { address: 'doc', documentName: 'doc', message: { type: 'token', token: 'ann' } };
    expect(parseHocuspocusMessage(named('doc', token))).toEqual(read);
    const withVersion = named('doc', (encoder) => {
      token(encoder);
      encoding.writeVarString(encoder, '4.8.0');
    });
    expect(parseHocuspocusMessage(withVersion)).toEqual(read);
  });

  test('stateless messages and the answer to a ping are passed over', () => {
    const stateless = named('doc', (encoder) => {
      encoding.writeVarUint(encoder, 5);
      encoding.writeVarString(encoder, 'anything');
    });
    expect([parseHocuspocusMessage(stateless), parseHocuspocusMessage(new Uint8Array([10]))]).toEqual([
      null,
      null,
    ]);
  });

  test('names and tokens are bounded', () => {
    const long = (length: number) => 'x'.repeat(length);
    const tooLong = [
      named(long(501), token),
      named('doc', (encoder) => {
        for (const kind of [2, 0]) encoding.writeVarUint(encoder, kind);
        encoding.writeVarString(encoder, long(4_097));
      }),
    ];
    for (const bytes of tooLong) expect(() => parseHocuspocusMessage(bytes)).toThrow('too large');
  });
});

describe('bad bytes', () => {
  const MALFORMED = { code: 4400 };
  const TOO_LARGE = { code: 4413 };
  const states = (...parts: ((encoder: encoding.Encoder) => void)[]) =>
    awarenessBytes(
      bytesOf((encoder) => {
        for (const write of parts) write(encoder);
      }),
    );
  const uint = (value: number) => (encoder: encoding.Encoder) => encoding.writeVarUint(encoder, value);

  test.each<[string, Uint8Array, { code: number }]>([
    ['nothing', new Uint8Array(), MALFORMED],
    ['an unknown kind of sync', new Uint8Array([0, 3, 0]), MALFORMED],
    ['no vector', new Uint8Array([0, 0]), MALFORMED],
    ['a length beyond the end', new Uint8Array([0, 2, 5, 1, 2]), MALFORMED],
    ['bytes after the end', new Uint8Array([0, 2, 1, 1, 2]), MALFORMED],
    ['bytes after a request', new Uint8Array([3, 0]), MALFORMED],
    ['a length that is no number', new Uint8Array([0, 2, ...Array(9).fill(255), 1]), MALFORMED],
    ['fewer awareness states than said', states(uint(2), uint(1), uint(1)), MALFORMED],
    ['a state longer than the message', states(uint(1), uint(1), uint(1), uint(99)), MALFORMED],
    ['a state that is no UTF-8', states(uint(1), uint(1), uint(1), uint(1), uint(0xff)), MALFORMED],
    ['too many awareness states', states(uint(2_001)), MALFORMED],
    ['a message that is too large', new Uint8Array(2 * 1024 * 1024 + 66 * 1024), TOO_LARGE],
  ])('%s', (_name, bytes, error) => {
    expect(() => parseMessage(bytes)).toThrow(expect.objectContaining(error));
    const named = bytes.length === 0 ? bytes : addressed('doc', bytes);
    expect(() => parseHocuspocusMessage(named)).toThrow(expect.objectContaining(error));
  });

  test('a length never reads on in the memory behind the message', () => {
    const memory = new Uint8Array([0, 2, 5, 1, 1, 9, 9, 9, 9, 9, 9, 9]);
    expect(() => parseMessage(memory.subarray(0, 5))).toThrow('malformed');
    const awareness = new Uint8Array([1, 6, 1, 1, 1, 5, 65, 65, 65, 65, 65, 65]);
    expect(() => parseMessage(awareness.subarray(0, 8))).toThrow('malformed');
    const secret = new Uint8Array([3, 100, 111, 99, 2, 0, 9, 97, 98, 99, 115, 101, 99, 114, 101, 116]);
    expect(() => parseHocuspocusMessage(secret.subarray(0, 10))).toThrow('malformed');
  });

  test('what y-protocols writes is what it reads of ours', () => {
    const reader = new Y.Doc();
    const bytes = encodeMessage({ type: 'update', update: Y.encodeStateAsUpdate(doc) });
    const decoder = { arr: bytes, pos: 1 };
    readSyncMessage(decoder, encoding.createEncoder(), reader, null);
    expect(reader.getText('code').toString()).toBe('text');
  });
});
