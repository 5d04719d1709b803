import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PresenceChange, SessionPresence } from '../../src/presence/model.ts';
import { PresenceRegistry } from '../../src/presence/registry.ts';
import { activityChanged, type UsersOnline, usersOnline } from '../../src/presence/topics.ts';
import { MemoryBus } from '../support/memory-bus.ts';

const UPDATE_MS = 50;
const REPEAT_MS = 5_000;
const TIME_TO_LIVE_MS = 15_000;

let bus: MemoryBus;
let here: PresenceRegistry;
let there: PresenceRegistry;
beforeEach(() => {
  vi.useFakeTimers();
  bus = new MemoryBus();
  here = new PresenceRegistry('here', bus.ofInstance());
  there = new PresenceRegistry('there', bus.ofInstance());
});
afterEach(() => {
  here.close();
  there.close();
  vi.useRealTimers();
});

const keyOf = (userId: string) => ({ sessionId: 's', userId });
const namesOf = ({ users }: SessionPresence) => users.map(({ userId }) => userId).join();

/** Listens, and returns what is told: the ids of those who are online. */
function listen(registry: PresenceRegistry): string[] {
  const told: string[] = [];
  registry.listen('s', (presence) => told.push(namesOf(presence)));
  return told;
}

/** Who is online in the session, as an instance tells it now. */
function online(registry: PresenceRegistry): string {
  let names = '';
  const stop = registry.listen('s', (presence) => {
    names = namesOf(presence);
  });
  stop();
  return names;
}

const wait = (ms: number) => vi.advanceTimersByTime(ms);

describe('who is online', () => {
  test('is told over every instance, in order of ids, each user once', () => {
    const told = listen(here);
    here.enter(keyOf('bob'));
    wait(UPDATE_MS);
    there.enter(keyOf('ann'));
    wait(UPDATE_MS);
    there.enter(keyOf('bob'));
    wait(UPDATE_MS);
    expect(told).toEqual(['', 'bob', 'ann,bob', 'ann,bob']);
    const { sessionId } = keyOf('bob');
    expect(here.here).toEqual([{ sessionId, userId: 'bob' }]);
    expect(here.find(keyOf('ann'))).toMatchObject({ userId: 'ann', typing: false });
  });

  test('ends with the last connection, here and over there', () => {
    const leaves = [here.enter(keyOf('ann')), here.enter(keyOf('ann'))];
    const elsewhere = there.enter(keyOf('ann'));
    wait(UPDATE_MS);
    expect(leaves[0]?.()).toBe(false);
    expect(leaves[0]?.()).toBe(false);
    expect(leaves[1]?.()).toBe(true);
    wait(UPDATE_MS);
    expect([online(here), online(there)]).toEqual(['ann', 'ann']);
    expect(elsewhere()).toBe(true);
    wait(UPDATE_MS);
    expect([online(here), online(there)]).toEqual(['', '']);
  });

  test('goes by the newest version of an instance: an older message that comes late is ignored', () => {
    const told = listen(here);
    const say = (version: number, ...ids: string[]) => {
      const users = ids.map((userId) => ({ userId, cursor: null, selection: null, typing: false, at: 0 }));
      const message: UsersOnline = { instance: 'third', version, sessionId: 's', users };
      bus.publish(usersOnline, message);
      wait(UPDATE_MS);
    };
    say(2, 'ann');
    say(1, 'ann', 'bob');
    say(2);
    say(3, 'bob');
    expect(told).toEqual(['', 'ann', 'bob']);
  });

  test('heals from a lost message by the repetition every five seconds', () => {
    const told = listen(here);
    bus.losesAll = true;
    there.enter(keyOf('ann'));
    bus.losesAll = false;
    wait(REPEAT_MS - 1);
    expect(told).toEqual(['']);
    wait(1);
    expect(told).toEqual(['', 'ann']);
  });

  test('is asked for when messages may have been lost', () => {
    bus.losesAll = true;
    there.enter(keyOf('ann'));
    bus.losesAll = false;
    bus.gap();
    expect(online(here)).toBe('ann');
  });

  test('is lost with an instance that says nothing any more', () => {
    there.enter(keyOf('ann'));
    here.enter(keyOf('bob'));
    const told = listen(here);
    there.close();
    bus.losesAll = true;
    wait(TIME_TO_LIVE_MS);
    expect(told.at(-1)).toBe('ann,bob');
    wait(REPEAT_MS + UPDATE_MS);
    expect(told.at(-1)).toBe('bob');
  });

  test('stays as long as the instance repeats it', () => {
    there.enter(keyOf('ann'));
    const told = listen(here);
    wait(10 * TIME_TO_LIVE_MS);
    expect(told).toEqual(['ann']);
  });
});

describe('what a user does', () => {
  const changeOverBus = (change: PresenceChange) => bus.publish(activityChanged, { ...keyOf('ann'), change });

  test('is changed by the instance that holds the connection, and known to all', () => {
    there.enter(keyOf('ann'));
    wait(UPDATE_MS);
    expect(here.change(keyOf('ann'), { typing: true })).toBeNull();
    changeOverBus({ typing: true, cursor: { line: 3 } });
    wait(UPDATE_MS);
    expect(here.find(keyOf('ann'))).toMatchObject({ typing: true, cursor: { line: 3 } });
  });

  test('stays as it was when a change over the bus makes it too large', () => {
    there.enter(keyOf('ann'));
    changeOverBus({ cursor: 'c'.repeat(600) });
    changeOverBus({ selection: 's'.repeat(600) });
    wait(UPDATE_MS);
    expect(here.find(keyOf('ann'))).toMatchObject({ cursor: 'c'.repeat(600), selection: null });
  });

  test('is the latest that any instance knows of a user who is connected to several', () => {
    here.enter(keyOf('ann'));
    there.enter(keyOf('ann'));
    wait(UPDATE_MS);
    there.change(keyOf('ann'), { typing: true });
    wait(UPDATE_MS);
    expect(here.find(keyOf('ann'))?.typing).toBe(true);
    here.change(keyOf('ann'), { typing: false, cursor: 1 });
    wait(UPDATE_MS);
    expect(there.find(keyOf('ann'))).toMatchObject({ typing: false, cursor: 1 });
  });
});

describe('the pace', () => {
  test('is at most 20 updates a second, the first at once and always the last one', () => {
    here.enter(keyOf('ann'));
    wait(UPDATE_MS);
    const typed: unknown[] = [];
    here.listen('s', ({ users }) => typed.push(users[0]?.cursor));
    const typedThere: unknown[] = [];
    there.listen('s', ({ users }) => typedThere.push(users[0]?.cursor));
    for (let ms = 1; ms <= 1_000; ms += 1) {
      here.change(keyOf('ann'), { cursor: ms });
      if (ms === 1) expect(typed).toEqual([null, 1]);
      wait(1);
    }
    wait(UPDATE_MS);
    expect(typed).toHaveLength(1 + 1 + 20);
    expect([typed.at(-1), typedThere.at(-1)]).toEqual([1_000, 1_000]);
    wait(UPDATE_MS);
    expect(typed).toHaveLength(1 + 1 + 20);
  });

  test('is that of each session alone', () => {
    here.enter(keyOf('ann'));
    let count = 0;
    here.listen('other', () => {
      count += 1;
    });
    here.enter({ sessionId: 'other', userId: 'bob' });
    expect(count).toBe(2);
  });
});

describe('a listener', () => {
  test('is told nothing after it has left', () => {
    const told: string[] = [];
    const stop = here.listen('s', (presence) => told.push(namesOf(presence)));
    stop();
    here.enter(keyOf('ann'));
    wait(UPDATE_MS);
    expect(told).toEqual(['']);
  });
});

describe('what is known of a session', () => {
  /** What a new listener is told: one object until something changes, as long as the session is known. */
  const known = () => {
    const told: SessionPresence[] = [];
    here.listen('s', (presence) => told.push(presence))();
    return told[0];
  };

  test('is kept while a listener, a user here or a user over there needs it', () => {
    const stop = here.listen('s', () => {});
    expect(known()).toBe(known());
    const leave = here.enter(keyOf('ann'));
    wait(UPDATE_MS);
    stop();
    expect(known()).toBe(known());
    there.enter(keyOf('bob'));
    wait(UPDATE_MS);
    leave();
    wait(UPDATE_MS);
    expect(known()).toBe(known());
    expect(online(here)).toBe('bob');
  });

  test('is removed when nobody needs it', () => {
    const stop = here.listen('s', () => {});
    stop();
    expect(known()).not.toBe(known());
    const leave = here.enter(keyOf('ann'));
    wait(UPDATE_MS);
    leave();
    wait(UPDATE_MS);
    expect(known()).not.toBe(known());
  });

  test('is removed when nobody of another instance has been online for a while', () => {
    const leave = there.enter(keyOf('ann'));
    wait(UPDATE_MS);
    leave();
    wait(UPDATE_MS);
    expect(known()).toBe(known());
    wait(TIME_TO_LIVE_MS + REPEAT_MS);
    expect(known()).not.toBe(known());
  });

  test('is kept until the other instances were told that the last user left', () => {
    const leave = here.enter(keyOf('ann'));
    leave();
    expect(online(there)).toBe('ann');
    wait(UPDATE_MS);
    expect(online(there)).toBe('');
  });

  test('is kept for a user who comes back before they were told', () => {
    here.enter(keyOf('ann'))();
    here.enter(keyOf('ann'));
    wait(2 * UPDATE_MS);
    expect(online(there)).toBe('ann');
  });
});

test('nothing is told and no timer runs after close', () => {
  here.enter(keyOf('ann'));
  const told = listen(here);
  here.change(keyOf('ann'), { typing: true });
  here.close();
  there.close();
  wait(TIME_TO_LIVE_MS);
  expect([told, vi.getTimerCount()]).toEqual([['ann'], 0]);
});
