import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Awareness } from '../../src/documents/awareness.ts';

const ownerOf = (id: string) => ({ user: { id, name: `${id} the member`, color: `#${id}` } });
const stateOf = (clientId: number, clock: number, value: unknown = {}) => ({
  clientId,
  clock,
  json: JSON.stringify(value),
});

let awareness: Awareness;
let ann: ReturnType<typeof ownerOf>;
let bob: ReturnType<typeof ownerOf>;
beforeEach(() => {
  awareness = new Awareness();
  [ann, bob] = [ownerOf('ann'), ownerOf('bob')];
});

/** What bob is told since the last call, without the user. */
const told = (to = bob) =>
  awareness.statesFor(to, awareness.takeChanges().clients).map(({ clientId, clock, json }) => {
    const { user: _, ...state } = JSON.parse(json) ?? {};
    return [clientId, clock, json === 'null' ? null : state];
  });
const tell = (owner: typeof ann, ...states: ReturnType<typeof stateOf>[]) => {
  awareness.receive(owner, states);
  return told();
};

describe('what a client shows', () => {
  test('is told to the others, and to a newcomer', () => {
    expect(tell(ann, stateOf(1, 1, { cursor: 5 }))).toEqual([[1, 1, { cursor: 5 }]]);
    expect(awareness.statesFor(ownerOf('cara'))).toHaveLength(1);
    expect(told()).toEqual([]);
  });

  test('has the name and the colour of its user, whatever it says', () => {
    const forged = { name: 'bob', color: '#bob', colorLight: '#bob33', avatar: 'a.png' };
    awareness.receive(ann, [stateOf(1, 1, { cursor: 5, user: forged })]);
    awareness.receive(bob, [stateOf(2, 1, { user: 'ann' })]);
    expect(awareness.statesFor(bob).map(({ json }) => JSON.parse(json))).toEqual([
      { cursor: 5, user: { name: 'ann the member', color: '#ann', avatar: 'a.png' } },
      { user: { name: 'bob the member', color: '#bob' } },
    ]);
  });

  test('is replaced by what has a higher clock alone, and ends with null', () => {
    expect(tell(ann, stateOf(1, 5, { at: 5 }))).toEqual([[1, 5, { at: 5 }]]);
    expect(tell(ann, stateOf(1, 5, { at: 'again' }), stateOf(1, 4, { at: 4 }))).toEqual([]);
    expect(tell(ann, stateOf(1, 5, null))).toEqual([[1, 6, null]]);
    expect(awareness.statesFor(bob)).toEqual([]);
    expect(tell(ann, stateOf(1, 6, { at: 6 }))).toEqual([[1, 7, { at: 6 }]]);
  });

  test('goes with its connection', () => {
    awareness.receive(ann, [stateOf(1, 1)]);
    awareness.receive(bob, [stateOf(2, 1)]);
    told();
    awareness.drop(ann);
    expect(told()).toEqual([[1, 2, null]]);
    expect(awareness.statesFor(ann).map(({ clientId }) => clientId)).toEqual([2]);
  });

  test('is nothing without a user', () => {
    expect(awareness.receive({ user: null }, [stateOf(1, 1)])).toBe(false);
    expect(told()).toEqual([]);
  });

  test('is told to its own connection with its own clock, so that it is an echo and no news', () => {
    awareness.receive(ann, [stateOf(1, 3)]);
    awareness.drop(ann);
    const again = ownerOf('ann');
    awareness.receive(again, [stateOf(1, 3)]);
    const { clients } = awareness.takeChanges();
    expect(awareness.statesFor(again, clients)).toMatchObject([{ clock: 3 }]);
    expect(awareness.statesFor(bob, clients)).toMatchObject([{ clock: 5 }]);
  });
});

describe('a client of another', () => {
  beforeEach(() => {
    awareness.receive(ann, [stateOf(1, 1, { of: 'ann' })]);
    told();
  });

  test('cannot be changed or removed', () => {
    expect(tell(bob, stateOf(2, 1), stateOf(1, 9, { of: 'bob' }), stateOf(1, 9, null))).toEqual([[2, 1, {}]]);
  });

  test('cannot be taken once it has gone: y-websocket sends back what it was told', () => {
    awareness.receive(bob, [stateOf(2, 1)]);
    awareness.drop(ann);
    told();
    expect(tell(bob, stateOf(1, 1, { of: 'ann' }))).toEqual([]);
    expect(tell(ownerOf('cara'), stateOf(1, 99))).toEqual([]);
  });

  test('is not taken by another page of the same user that sends it back', () => {
    const other = ownerOf('ann');
    expect(tell(other, stateOf(3, 1))).toEqual([[3, 1, {}]]);
    expect(tell(other, stateOf(1, 1, { of: 'ann' }))).toEqual([]);
    awareness.drop(other);
    expect(told()).toEqual([[3, 2, null]]);
  });

  test('is its own when it comes back: at once, and before the old connection is found dead', () => {
    const [second, third] = [ownerOf('ann'), ownerOf('ann')];
    expect(tell(second, stateOf(1, 1, { of: 'second' }))).toEqual([[1, 2, { of: 'second' }]]);
    awareness.drop(ann);
    expect(told()).toEqual([]);
    awareness.drop(second);
    expect(told()).toEqual([[1, 3, null]]);
    expect(tell(third, stateOf(1, 1, { of: 'third' }))).toEqual([[1, 4, { of: 'third' }]]);
  });
});

describe('bounds', () => {
  test.each<[string, ReturnType<typeof stateOf>, number]>([
    ['a state over 4 kB', stateOf(1, 1, { text: 'é'.repeat(2_100) }), 4413],
    ['a list', stateOf(1, 1, []), 4400],
    ['a text', stateOf(1, 1, 'text'), 4400],
    ['no JSON', { clientId: 1, clock: 1, json: '{' }, 4400],
    ['nothing', { clientId: 1, clock: 1, json: '' }, 4400],
    ['a clock that cannot be raised', stateOf(1, Number.MAX_SAFE_INTEGER), 4400],
  ])('%s is refused', (_name, state, code) => {
    expect(() => awareness.receive(ann, [state])).toThrow(expect.objectContaining({ code }));
    expect(told()).toEqual([]);
  });

  test('what is sent back of others is not judged', () => {
    awareness.receive(ann, [stateOf(1, 1)]);
    expect(() => awareness.receive(bob, [stateOf(2, 1), { clientId: 1, clock: 1, json: '{' }])).not.toThrow();
  });

  test('a connection shows eight clients', () => {
    awareness.receive(
      ann,
      Array.from({ length: 20 }, (_, i) => stateOf(i, 1)),
    );
    expect(told()).toHaveLength(8);
  });

  test('a document has a thousand, and forgets those that have gone for new ones', () => {
    for (let i = 0; i < 999; i++) {
      const owner = ownerOf(`user ${i}`);
      awareness.receive(owner, [stateOf(i, 1)]);
      if (i > 0) awareness.drop(owner);
    }
    awareness.receive(ann, [stateOf(5_000, 1)]);
    told();
    expect(tell(ann, stateOf(5_001, 1), stateOf(5_002, 1))).toHaveLength(2);
    expect(awareness.statesFor(bob).map(({ clientId }) => clientId)).toEqual([0, 5_000, 5_001, 5_002]);
  });
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('a state that is not renewed goes after 30 seconds, and comes back with the next change', () => {
    awareness.receive(ann, [stateOf(1, 1)]);
    told();
    vi.advanceTimersByTime(29_000);
    expect(awareness.expire()).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(awareness.expire()).toBe(true);
    expect(told()).toEqual([[1, 2, null]]);
    expect(tell(ann, stateOf(1, 2))).toEqual([[1, 3, {}]]);
  });
});

describe('other instances', () => {
  test('hear of the states of connections here, their end as well', () => {
    awareness.receive(ann, [stateOf(1, 4)]);
    const [state] = awareness.takeChanges().states;
    expect(state).toMatchObject({ clientId: 1, clock: 4, userId: 'ann' });
    expect(awareness.localStates()).toEqual([state]);
    awareness.drop(ann);
    expect(awareness.takeChanges().states).toEqual([{ clientId: 1, clock: 5, json: 'null', userId: 'ann' }]);
    expect(awareness.localStates()).toEqual([]);
  });

  test('tell theirs, which are told on here and not back', () => {
    const remote = { ...stateOf(1, 4, { of: 'ann' }), userId: 'ann' };
    expect(awareness.receiveRemote([remote])).toBe(true);
    expect(awareness.receiveRemote([remote, { ...remote, clock: 3, json: 'null' }])).toBe(false);
    const { clients, states } = awareness.takeChanges();
    expect([awareness.statesFor(bob, clients).length, states]).toEqual([1, []]);
    expect(tell(bob, stateOf(1, 9))).toEqual([]);
  });

  test('a client that moves to another instance belongs to that one', () => {
    awareness.receive(ann, [stateOf(1, 4)]);
    told();
    awareness.receiveRemote([{ ...stateOf(1, 5, { at: 'other' }), userId: 'ann' }]);
    expect(told()).toEqual([[1, 5, { at: 'other' }]]);
    awareness.drop(ann);
    expect(told()).toEqual([]);
  });
});
