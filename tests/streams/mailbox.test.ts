import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailbox } from '../../src/streams/mailbox.ts';
import { END } from '../../src/streams/source.ts';
import { pull, pullNow } from '../support/pull.ts';

const MAX_ITEMS = 1_000;
const MAX_CHARACTERS = 4_000_000;
const OVERFLOW = new Error('too much');
const FAILED = new Error('failed');

const onClose = vi.fn();
let mailbox: Mailbox<number>;
beforeEach(() => {
  onClose.mockClear();
  mailbox = new Mailbox({ onClose, overflow: () => OVERFLOW });
});

/** Pushes items of so many characters, numbered from 1. */
function push(count: number, size: number): void {
  for (let item = 1; item <= count; item += 1) mailbox.push(item, size);
}

describe('bounds', () => {
  test('as many items are held as are allowed, and one more ends the stream', () => {
    push(MAX_ITEMS, 1);
    expect(onClose).not.toHaveBeenCalled();
    mailbox.push(0, 1);
    expect(onClose).toHaveBeenCalledOnce();
    expect(pullNow(mailbox)).toEqual({ error: OVERFLOW });
    expect(pullNow(mailbox)).toEqual(END);
  });

  test('as many characters are held as are allowed, and one more ends the stream', () => {
    push(2, MAX_CHARACTERS / 2);
    mailbox.push(3, 0);
    expect(onClose).not.toHaveBeenCalled();
    mailbox.push(4, 1);
    expect(pullNow(mailbox)).toEqual({ error: OVERFLOW });
  });

  test('an item alone is taken, however large', () => {
    mailbox.push(1, MAX_CHARACTERS + 1);
    expect(pullNow(mailbox)).toEqual({ item: 1 });
    mailbox.push(2, MAX_CHARACTERS + 1);
    expect(pullNow(mailbox)).toEqual({ item: 2 });
    push(2, MAX_CHARACTERS);
    expect(pullNow(mailbox)).toEqual({ error: OVERFLOW });
  });

  test('what the reader takes makes room', () => {
    push(MAX_ITEMS, MAX_CHARACTERS / MAX_ITEMS);
    for (let item = 1; item <= 10 * MAX_ITEMS; item += 1) {
      pullNow(mailbox);
      mailbox.push(item, MAX_CHARACTERS / MAX_ITEMS);
    }
    expect(onClose).not.toHaveBeenCalled();
  });

  test('an item for a reader that waits takes no room', async () => {
    const pulled = pull(mailbox);
    mailbox.push(1, MAX_CHARACTERS);
    mailbox.push(2, MAX_CHARACTERS);
    expect(await pulled).toEqual({ item: 1 });
    expect(pullNow(mailbox)).toEqual({ item: 2 });
  });

  test('an item that replaces the others gives their room back', () => {
    mailbox.push(1, MAX_CHARACTERS);
    for (let item = 2; item <= 2 * MAX_ITEMS; item += 1) mailbox.replace(item);
    mailbox.push(0, MAX_CHARACTERS);
    expect([pullNow(mailbox), pullNow(mailbox)]).toEqual([{ item: 2 * MAX_ITEMS }, { item: 0 }]);
  });
});

test('is idle when the reader has taken all and waits', () => {
  expect(mailbox.idle).toBe(false);
  mailbox.push(1, 0);
  pullNow(mailbox);
  expect(mailbox.idle).toBe(false);
  mailbox.pull(() => {});
  expect(mailbox.idle).toBe(true);
  mailbox.push(2, 0);
  expect(mailbox.idle).toBe(false);
});

test('a reader may pull again while it is given an item', () => {
  const given: unknown[] = [];
  mailbox.pull((first) => {
    given.push(first);
    mailbox.pull((second) => given.push(second));
  });
  push(2, 0);
  expect(given).toEqual([{ item: 1 }, { item: 2 }]);
});

describe('end', () => {
  test('lets the reader finish what is held, and takes nothing more', () => {
    push(2, 0);
    mailbox.end();
    mailbox.push(3, 0);
    expect([pullNow(mailbox), pullNow(mailbox), pullNow(mailbox)]).toEqual([{ item: 1 }, { item: 2 }, END]);
  });

  test('is told to a reader that waits', async () => {
    const pulled = pull(mailbox);
    mailbox.end();
    expect(await pulled).toEqual(END);
  });
});

describe('fail', () => {
  test('drops what is held and tells the error once', () => {
    push(2, 0);
    mailbox.fail(FAILED);
    expect([pullNow(mailbox), pullNow(mailbox)]).toEqual([{ error: FAILED }, END]);
  });

  test('is told to a reader that waits, once', async () => {
    const pulled = pull(mailbox);
    mailbox.fail(FAILED);
    expect(await pulled).toEqual({ error: FAILED });
    expect(pullNow(mailbox)).toEqual(END);
  });

  test('tells the first error alone', () => {
    mailbox.fail(FAILED);
    mailbox.fail(OVERFLOW);
    expect([pullNow(mailbox), pullNow(mailbox)]).toEqual([{ error: FAILED }, END]);
  });
});

describe('close', () => {
  test('drops what is held without an error', () => {
    push(2, 0);
    mailbox.close();
    expect(pullNow(mailbox)).toEqual(END);
  });

  test('ends a pull that waits', async () => {
    const pulled = pull(mailbox);
    mailbox.close();
    expect(await pulled).toEqual(END);
  });
});

test.each([
  ['end', () => mailbox.end()],
  ['fail', () => mailbox.fail(FAILED)],
  ['close', () => mailbox.close()],
])('onClose is called once by %s, whatever follows', (_, stop) => {
  stop();
  expect(onClose).toHaveBeenCalledOnce();
  mailbox.end();
  mailbox.fail(FAILED);
  mailbox.close();
  mailbox.push(1, 0);
  expect(onClose).toHaveBeenCalledOnce();
});
