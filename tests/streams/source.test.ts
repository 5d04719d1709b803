import { describe, expect, test, vi } from 'vitest';
import { Mailbox } from '../../src/streams/mailbox.ts';
import { END, mapSource, pump, type Source } from '../../src/streams/source.ts';
import { pull, pullNow } from '../support/pull.ts';

const BROKEN = new Error('broken');
const fail = () => {
  throw BROKEN;
};

/** A mailbox that tells whether it has closed. */
function open(...items: number[]) {
  const onClose = vi.fn();
  const source = new Mailbox<number>({ onClose, overflow: () => new Error('overflow') });
  for (const item of items) source.push(item, 0);
  return { source, onClose };
}

/** A promise and how to settle it. */
function deferred<Value>() {
  let resolve = (_value: Value) => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<Value>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** A source of so many numbers that are there already. */
function ready(count: number): Source<number> {
  let next = 0;
  return {
    pull: (take) => {
      next += 1;
      take(next > count ? END : { item: next });
    },
    close: () => {},
  };
}

describe('mapSource', () => {
  const onError = (error: unknown) => `failed: ${error}`;

  test('maps each item in the tick in which it comes, and ends once', () => {
    const { source } = open(1, 2);
    const onEnd = vi.fn();
    const mapped = mapSource(source, { toItem: String, onError, onEnd });
    source.end();
    expect([pullNow(mapped), pullNow(mapped)]).toEqual([{ item: '1' }, { item: '2' }]);
    expect(onEnd).not.toHaveBeenCalled();
    expect([pullNow(mapped), pullNow(mapped)]).toEqual([END, END]);
    mapped.close();
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('waits for an item that is being made', async () => {
    const { source } = open(1);
    const mapped = mapSource(source, { toItem: async (item) => String(item), onError });
    expect(await pull(mapped)).toEqual({ item: '1' });
  });

  test.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('gives a last item, ends once and closes the source when toItem %s', async (_, toItem) => {
    const { source, onClose } = open(1, 2);
    const onEnd = vi.fn();
    const mapped = mapSource<number, string>(source, { toItem, onError, onEnd });
    expect(await pull(mapped)).toEqual({ item: `failed: ${BROKEN}` });
    expect(onClose).toHaveBeenCalledOnce();
    expect(pullNow(mapped)).toEqual(END);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('gives a last item and ends once when the source fails', () => {
    const { source } = open(1);
    const onEnd = vi.fn();
    const mapped = mapSource(source, { toItem: String, onError, onEnd });
    source.fail(BROKEN);
    expect([pullNow(mapped), pullNow(mapped)]).toEqual([{ item: `failed: ${BROKEN}` }, END]);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('ends a pull that waits when it is closed', async () => {
    const { source, onClose } = open();
    const onEnd = vi.fn();
    const mapped = mapSource(source, { toItem: String, onError, onEnd });
    const pulled = pull(mapped);
    mapped.close();
    expect(await pulled).toEqual(END);
    expect([onClose.mock.calls.length, onEnd.mock.calls.length]).toEqual([1, 1]);
  });

  test('gives the end instead of an item that the source gives after it was closed', () => {
    let give = (_item: number) => {};
    const late: Source<number> = {
      pull: (take) => {
        give = (item) => take({ item });
      },
      close: () => {},
    };
    const toItem = vi.fn(String);
    const mapped = mapSource(late, { toItem, onError });
    const given: unknown[] = [];
    mapped.pull((pulled) => given.push(pulled));
    mapped.close();
    give(1);
    expect(given).toEqual([END]);
    expect(toItem).not.toHaveBeenCalled();
  });

  test.each([
    ['made', (making: ReturnType<typeof deferred<string>>) => making.resolve('1')],
    ['not made', (making: ReturnType<typeof deferred<string>>) => making.reject(BROKEN)],
  ])('gives the end instead of an item that is %s after it was closed', async (_, settle) => {
    const { source } = open(1);
    const onEnd = vi.fn();
    const making = deferred<string>();
    const mapped = mapSource(source, { toItem: () => making.promise, onError, onEnd });
    const pulled = pull(mapped);
    mapped.close();
    settle(making);
    expect(await pulled).toEqual(END);
    expect(onEnd).toHaveBeenCalledOnce();
  });
});

describe('pump', () => {
  test('sends what is there at once, then each item in the tick in which it comes', async () => {
    const { source } = open(1, 2);
    const sent: number[] = [];
    const pumping = pump(source, (item) => void sent.push(item));
    expect(sent).toEqual([1, 2]);
    source.push(3, 0);
    expect(sent).toEqual([1, 2, 3]);
    source.end();
    await pumping;
  });

  test('sends a great many items that are ready without calls within calls', async () => {
    let sum = 0;
    await pump(ready(100_000), (item) => {
      sum += item;
      return undefined;
    });
    expect(sum).toBe(5_000_050_000);
  });

  test('sends a great many items that are ready when the reader was waiting', async () => {
    const { source } = open();
    let count = 0;
    const pumping = pump(source, (item) => {
      if (item === 0) for (let held = 1; held <= 1_000; held += 1) source.push(held, 0);
      count += 1;
      return undefined;
    });
    source.push(0, 0);
    expect(count).toBe(1_001);
    source.end();
    await pumping;
  });

  test('sends nothing while a send waits', async () => {
    const { source } = open(1, 2);
    const sent: number[] = [];
    const sending = deferred<void>();
    const pumping = pump(source, (item) => {
      sent.push(item);
      return item === 1 ? sending.promise : undefined;
    });
    source.end();
    await null;
    expect(sent).toEqual([1]);
    sending.resolve();
    await pumping;
    expect(sent).toEqual([1, 2]);
  });

  test('resolves when the source is closed while a send waits, without another item', async () => {
    const { source } = open(1, 2);
    const sent: number[] = [];
    const sending = deferred<void>();
    const pumping = pump(source, (item) => {
      sent.push(item);
      return sending.promise;
    });
    source.close();
    sending.resolve();
    await pumping;
    expect(sent).toEqual([1]);
  });

  test('rejects with the error of the source, after what came before it', async () => {
    const { source } = open();
    const sent: number[] = [];
    const pumping = pump(source, (item) => void sent.push(item));
    source.push(1, 0);
    source.fail(BROKEN);
    await expect(pumping).rejects.toBe(BROKEN);
    expect(sent).toEqual([1]);
  });

  test.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('rejects, closes the source and sends nothing more when a send %s', async (_, send) => {
    const { source, onClose } = open(1, 2);
    const sends = vi.fn(send);
    await expect(pump(source, sends)).rejects.toBe(BROKEN);
    expect(sends).toHaveBeenCalledOnce();
    expect(onClose).toHaveBeenCalledOnce();
  });
});
