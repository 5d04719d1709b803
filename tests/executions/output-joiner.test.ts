import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Chunk, OutputJoiner } from '../../src/executions/output-joiner.ts';

const INTERVAL_MS = 50;
const START = new Date('2026-01-01T00:00:00.000Z').getTime();

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An output that is stored at once. */
function open() {
  const writes: (readonly Chunk[])[] = [];
  const output = new OutputJoiner(async (chunks) => void writes.push(chunks));
  return { output, writes };
}

/** An output whose first write takes until it is let go, so that all later pieces come in one. */
function openHeld() {
  const writes: (readonly Chunk[])[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const output = new OutputJoiner(async (chunks) => {
    writes.push(chunks);
    await held;
  });
  return { output, writes, letGo };
}

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const textsOf = (writes: (readonly Chunk[])[]) => writes.map((chunks) => chunks.map(({ text }) => text));

describe('pieces that come while one is stored', () => {
  test('are joined where they are of one stream, and keep their order where they are of two', async () => {
    const { output, writes, letGo } = openHeld();
    for (const text of ['a', 'b', 'c']) output.push({ stream: 'stdout', text });
    output.push({ stream: 'stderr', text: 'e' });
    output.push({ stream: 'stdout', text: 'd' });
    letGo();
    await output.flush();
    expect(writes).toMatchObject([
      [{ seq: 1, stream: 'STDOUT', text: 'a' }],
      [
        { seq: 2, stream: 'STDOUT', text: 'bc' },
        { seq: 3, stream: 'STDERR', text: 'e' },
        { seq: 4, stream: 'STDOUT', text: 'd' },
      ],
    ]);
    expect([output.stdout, output.stderr, output.seq]).toEqual(['abcd', 'e', 4]);
  });

  test('are a bounded number of chunks, however fast the streams alternate', async () => {
    const { output, writes, letGo } = openHeld();
    for (let n = 0; n < 5_000; n += 1) {
      output.push({ stream: 'stdout', text: `${n} ` });
      output.push({ stream: 'stderr', text: `${n} ` });
    }
    letGo();
    await output.flush();
    const chunks = writes.flat();
    expect(chunks.length).toBeLessThan(100);
    const textOf = (stream: Chunk['stream']) =>
      chunks.map((chunk) => (chunk.stream === stream ? chunk.text : '')).join('');
    expect(textOf('STDOUT')).toBe(output.stdout);
    expect(textOf('STDERR')).toBe(output.stderr);
    expect(output.stdout).toBe(output.stderr);
  });

  test('are not stored before that has resolved, however long it takes', async () => {
    const { output, writes, letGo } = openHeld();
    output.push({ stream: 'stdout', text: 'a' });
    output.push({ stream: 'stdout', text: 'b' });
    await wait(100 * INTERVAL_MS);
    expect(textsOf(writes)).toEqual([['a']]);
    letGo();
    await wait(INTERVAL_MS);
    expect(textsOf(writes)).toEqual([['a'], ['b']]);
  });
});

describe('the pace', () => {
  test('the first piece is stored at once, later ones 50 ms after the last write', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: 'a' });
    expect(textsOf(writes)).toEqual([['a']]);
    output.push({ stream: 'stdout', text: 'b' });
    await wait(INTERVAL_MS - 1);
    expect(textsOf(writes)).toEqual([['a']]);
    await wait(1);
    expect(textsOf(writes)).toEqual([['a'], ['b']]);
  });

  test('pieces that keep coming are written every 50 ms', async () => {
    const { output, writes } = open();
    for (let ms = 0; ms < 20 * INTERVAL_MS; ms += 1) {
      output.push({ stream: 'stdout', text: '.' });
      await wait(1);
    }
    await output.flush();
    expect(writes).toHaveLength(21);
    expect(output.stdout).toBe('.'.repeat(20 * INTERVAL_MS));
  });

  test('a piece that comes after a pause is stored at once', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: 'a' });
    await wait(INTERVAL_MS);
    output.push({ stream: 'stdout', text: 'b' });
    expect(textsOf(writes)).toEqual([['a'], ['b']]);
  });
});

describe('a line', () => {
  const lines = 'a line\n'.repeat(1_000);

  test('that is not finished at the end of a long piece comes with its rest', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: `${lines}hal` });
    output.push({ stream: 'stdout', text: 'ves\n' });
    await wait(INTERVAL_MS);
    expect(textsOf(writes)).toEqual([[lines], ['halves\n']]);
  });

  test('that is not finished waits for 50 ms, and not behind a short piece', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: `${lines}name? ` });
    await wait(INTERVAL_MS);
    output.push({ stream: 'stdout', text: 'hello\nage? ' });
    await wait(INTERVAL_MS);
    expect(textsOf(writes)).toEqual([[lines], ['name? '], ['hello\nage? ']]);
  });

  test('keeps its place before output of the other stream', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: `${lines}half` });
    output.push({ stream: 'stderr', text: 'error\n' });
    await output.flush();
    expect(textsOf(writes)).toEqual([[lines], ['half', 'error\n']]);
  });

  test('has no end in a long piece: it comes at once', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: '.'.repeat(10_000) });
    expect(writes).toHaveLength(1);
    await output.flush();
  });
});

describe('flush', () => {
  test('stores the rest without a pause', async () => {
    const { output, writes } = open();
    output.push({ stream: 'stdout', text: 'a' });
    output.push({ stream: 'stdout', text: 'b' });
    await wait(1);
    await output.flush();
    expect(textsOf(writes)).toEqual([['a'], ['b']]);
    expect([Date.now() - START, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test('stores the rest without a pause while a write is under way', async () => {
    const { output, writes, letGo } = openHeld();
    output.push({ stream: 'stdout', text: 'a' });
    output.push({ stream: 'stdout', text: 'b' });
    const flushed = output.flush();
    letGo();
    await flushed;
    expect(textsOf(writes)).toEqual([['a'], ['b']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('resolves when nothing came', async () => {
    const { output, writes } = open();
    await output.flush();
    expect([writes, output.seq]).toEqual([[], 0]);
  });
});

test('the time of a chunk is that of its first piece', async () => {
  const { output, writes } = open();
  output.push({ stream: 'stdout', text: 'a' });
  for (const text of ['b', 'c', 'd']) {
    await wait(10);
    output.push({ stream: 'stdout', text });
  }
  await output.flush();
  const times = writes.flat().map(({ text, at }) => [text, at.getTime() - START]);
  expect(times).toEqual([
    ['a', 0],
    ['bcd', 10],
  ]);
});

test('a NUL, which PostgreSQL cannot store, is replaced', async () => {
  const { output, writes } = open();
  output.push({ stream: 'stderr', text: 'a\0b\0' });
  await output.flush();
  expect(textsOf(writes)).toEqual([['a\uFFFDb\uFFFD']]);
  expect(output.stderr).toBe('a\uFFFDb\uFFFD');
});
