import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callerOf, NOBODY } from '../../src/access/caller.ts';
import { decide } from '../../src/access/decide.ts';
import { NO_BUS } from '../../src/bus/bus.ts';
import { CloseCode, CloseError } from '../../src/documents/close-error.ts';
import type { DocumentConnection } from '../../src/documents/participant.ts';
import { encodeMessage, parseMessage } from '../../src/documents/protocols/messages.ts';
import { DocumentRooms } from '../../src/documents/rooms.ts';
import { MemoryDocument, USERS } from '../support/documents.ts';

let rooms: DocumentRooms;
let document: MemoryDocument;
const reported: unknown[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  document = new MemoryDocument('text');
  rooms = new DocumentRooms({
    bus: NO_BUS,
    openLog: () => document,
    report: (error) => void reported.push(error),
  });
});
afterEach(() => {
  rooms.close();
  vi.useRealTimers();
});

function join(user: DocumentConnection['user'], caller = NOBODY) {
  const received: unknown[] = [];
  const connection = {
    caller,
    user,
    canEdit: true,
    send: (body: Uint8Array) => void received.push(parseMessage(body)),
    acknowledge: () => void received.push('stored'),
    refuseEdit: () => void received.push('refused'),
    tellScope: (canEdit: boolean) => void received.push(canEdit ? 'may edit' : 'may read'),
    close: ({ code }: CloseError) => void received.push(code),
  };
  const facts = { id: 'session', owner: null, status: 'ACTIVE', locks: '' } as const;
  const participant = rooms.join(decide(NOBODY, 'READ', facts), connection);
  const show = (clock: number) =>
    participant.receive({ type: 'awareness', states: [{ clientId: 1, clock, json: `{"at":${clock}}` }] });
  /** What was received since the last call. */
  return { participant, show, take: () => received.splice(0) };
}

test('each connection gets a message every 15 seconds: providers cut one that is silent for 30', async () => {
  const { take } = join(null);
  for (let interval = 0; interval < 3; interval++) {
    await vi.advanceTimersByTimeAsync(15_000);
    expect(take()).toEqual([{ type: 'awareness', states: [] }]);
  }
});

test('awareness is told at once, then at most twenty times a second, with the latest state at the end', async () => {
  const [ann, bob] = [join(USERS.ann), join(USERS.bob)];
  ann.show(1);
  expect(bob.take()).toMatchObject([{ states: [{ clock: 1 }] }]);
  for (let clock = 2; clock <= 101; clock++) {
    ann.show(clock);
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(50);
  const told = bob.take();
  expect(told.length).toBeGreaterThan(15);
  expect(told.length).toBeLessThanOrEqual(21);
  expect(told.at(-1)).toMatchObject({ states: [{ clock: 101 }] });
});

test('who was admitted before the rights of the session changed, and joins after it, has those of now', async () => {
  const candidate = callerOf({
    kind: 'PARTICIPANT',
    tokenId: 'token',
    sessionId: 'session',
    userId: USERS.ann.id,
    role: 'CANDIDATE',
    expiresAt: null,
    expiresWithSession: false,
  });
  join(null);
  rooms.rightsChanged({ id: 'session', owner: null, status: 'ACTIVE', locks: '', users: [] });
  expect(join(USERS.ann, candidate).take()).toEqual([]);
  rooms.rightsChanged({ id: 'session', owner: null, status: 'ACTIVE', locks: 'EDITING', users: [] });
  const { participant, take } = join(USERS.ann, candidate);
  expect(take()).toEqual(['may read']);
  participant.receive({ type: 'update', update: new Uint8Array() });
  await vi.advanceTimersByTimeAsync(0);
  expect(take()).toEqual(['refused']);
});

test('a document that cannot be opened ends its room, and is opened anew for who comes back', async () => {
  const good = document;
  document = Object.assign(new MemoryDocument(), { opened: Promise.reject(new Error('secret')) });
  const { take } = join(null);
  await vi.advanceTimersByTimeAsync(0);
  expect(take()).toEqual([CloseCode.INTERNAL_ERROR]);
  expect(reported.splice(0)).toHaveLength(1);
  document = good;
  const again = join(null);
  again.participant.receive({ type: 'syncStep1', vector: new Uint8Array([0]) });
  await vi.advanceTimersByTimeAsync(0);
  expect(again.take()).toMatchObject([{ type: 'syncStep2' }, { type: 'syncStep1' }]);
});

test('a state that is not renewed is taken away', async () => {
  const [ann, bob] = [join(USERS.ann), join(USERS.bob)];
  ann.show(1);
  bob.take();
  await vi.advanceTimersByTimeAsync(45_000);
  expect(bob.take()).toContainEqual({ type: 'awareness', states: [{ clientId: 1, clock: 2, json: 'null' }] });
});

test('nothing reaches a connection that has left, and its pending edit is stored', async () => {
  const { participant, take } = join(USERS.ann);
  let store = () => {};
  document.onStore = () =>
    new Promise<void>((resolve) => {
      store = resolve;
    });
  const update = new Uint8Array([1, 1, 0xe8, 7, 0, 4, 1, 4, ...Buffer.from('code'), 1, 120, 0]);
  participant.receive({ type: 'update', update });
  await vi.advanceTimersByTimeAsync(0);
  participant.leave();
  participant.receive({ type: 'update', update });
  store();
  await vi.advanceTimersByTimeAsync(0);
  expect([take(), document.entries.length, rooms.has('session'), reported]).toEqual([[], 1, false, []]);
});

test('a committed update is sent to all, its author as well, in the bytes of the log', () => {
  const [ann, bob] = [join(USERS.ann), join(null)];
  const update = new Uint8Array([0, 0]);
  rooms.deliver('session', update);
  rooms.deliver('another session', update);
  expect(parseMessage(encodeMessage({ type: 'update', update }))).toEqual({ type: 'update', update });
  for (const { take } of [ann, bob]) expect(take()).toEqual([{ type: 'update', update }]);
});

test('the end of a room closes each connection once', () => {
  const [ann, bob] = [join(USERS.ann), join(USERS.bob)];
  rooms.userLeft('session', 'ann');
  expect(document.closings).toBe(0);
  rooms.end('session', new CloseError(4410, 'Reset'));
  expect([ann.take(), bob.take(), rooms.has('session')]).toEqual([[4403], [4410], false]);
  expect(document.closings).toBe(1);
});
