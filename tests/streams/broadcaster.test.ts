import { beforeEach, describe, expect, test } from 'vitest';
import { Broadcaster, type Listener } from '../../src/streams/broadcaster.ts';
import { entryOf, type Numbered } from '../../src/streams/log.ts';

let broadcaster: Broadcaster<Numbered>;
let reported: unknown[];
beforeEach(() => {
  reported = [];
  broadcaster = new Broadcaster((error) => reported.push(error));
});

const publish = (seq: number, key = 'log') => broadcaster.publish(key, entryOf({ seq }));

/** Listens, and returns the numbers that come, in the order in which they come. */
function listen(key = 'log', more: Partial<Listener<Numbered>> = {}) {
  const seqs: number[] = [];
  const stop = broadcaster.listen(key, { onEntry: ({ seq }) => seqs.push(seq), ...more });
  return { seqs, stop };
}

describe('delivery', () => {
  test('every listener of the log gets an entry, and no listener of another', () => {
    const [one, two, other] = [listen(), listen(), listen('other')];
    publish(1);
    expect([one.seqs, two.seqs, other.seqs]).toEqual([[1], [1], []]);
  });

  test('an entry that is not newer than the one before is passed over', () => {
    const { seqs } = listen();
    for (const seq of [2, 1, 2, 3]) publish(seq);
    expect(seqs).toEqual([2, 3]);
  });

  test('a listener that throws is reported and hurts neither the publisher nor the others', () => {
    const broken = new Error('broken');
    const before = listen();
    listen('log', {
      onEntry: () => {
        throw broken;
      },
    });
    const after = listen();
    publish(1);
    publish(2);
    expect([before.seqs, after.seqs]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(reported).toEqual([broken, broken]);
  });

  test('a listener that leaves while an entry is delivered gets no more, and the others do', () => {
    const first = listen('log', { onEntry: () => leaver.stop() });
    const leaver = listen();
    const last = listen();
    publish(1);
    first.stop();
    publish(2);
    expect([leaver.seqs, last.seqs]).toEqual([[], [1, 2]]);
  });

  test('a listener may leave and another come while an entry is delivered', () => {
    const seqs: number[] = [];
    const { stop } = listen('log', {
      onEntry: () => {
        stop();
        broadcaster.listen('log', { onEntry: ({ seq }) => seqs.push(seq) });
      },
    });
    publish(1);
    publish(2);
    expect(seqs).toEqual([2]);
    expect(broadcaster.listenerCount).toBe(1);
  });
});

describe('the position of a log', () => {
  test('is undefined without a listener, null before the first entry, then the newest one', () => {
    expect(broadcaster.position('log')).toBeUndefined();
    publish(1);
    expect(broadcaster.position('log')).toBeUndefined();
    listen();
    expect(broadcaster.position('log')).toBeNull();
    publish(7);
    expect(broadcaster.position('log')).toBe(7);
  });

  test('starts where the first reader found the log, and later readers get what others have', () => {
    listen();
    expect(broadcaster.startAt('log', 3)).toBe(3);
    expect(broadcaster.startAt('log', 2)).toBe(3);
    publish(4);
    expect(broadcaster.startAt('log', 3)).toBe(4);
  });

  test('keeps entries away that the first reader has read', () => {
    const { seqs } = listen();
    broadcaster.startAt('log', 3);
    publish(3);
    publish(4);
    expect(seqs).toEqual([4]);
  });

  test('is where the caller says when nobody listens', () => {
    expect(broadcaster.startAt('log', 5)).toBe(5);
    expect(broadcaster.position('log')).toBeUndefined();
  });

  test('is forgotten with the last listener', () => {
    const [one, two] = [listen(), listen()];
    publish(7);
    one.stop();
    expect(broadcaster.position('log')).toBe(7);
    two.stop();
    expect(broadcaster.position('log')).toBeUndefined();
    expect(broadcaster.keys).toEqual([]);
  });
});

test('a listener that leaves twice removes nobody else', () => {
  const first = listen();
  first.stop();
  const second = listen();
  first.stop();
  publish(1);
  expect(second.seqs).toEqual([1]);
});

describe('close', () => {
  test('tells every listener, and nothing is delivered after it', () => {
    const closed: string[] = [];
    const one = listen('log', { onClose: () => closed.push('one') });
    const two = listen('other', { onClose: () => closed.push('two') });
    broadcaster.close();
    publish(1);
    publish(1, 'other');
    expect(closed).toEqual(['one', 'two']);
    expect([one.seqs, two.seqs, broadcaster.listenerCount]).toEqual([[], [], 0]);
  });

  test('a listener that comes after it is told at once', () => {
    broadcaster.close();
    let isClosed = false;
    const { stop } = listen('log', {
      onClose: () => {
        isClosed = true;
      },
    });
    expect([isClosed, broadcaster.listenerCount]).toEqual([true, 0]);
    stop();
  });
});

describe('drain', () => {
  test('waits until every listener is idle', async () => {
    let asked = 0;
    listen();
    listen('other', {
      isIdle: () => {
        asked += 1;
        return asked === 3;
      },
    });
    await broadcaster.drain(60_000);
    expect(asked).toBe(3);
  });

  test('gives up after the timeout', async () => {
    let asked = 0;
    listen('log', {
      isIdle: () => {
        asked += 1;
        return false;
      },
    });
    await broadcaster.drain(20);
    expect(asked).toBe(4);
  });
});
