import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Chunk, OutputJoiner } from '../../src/executions/output-joiner.ts';

/** An output whose first write takes until it is let go, so that all later pieces come in one. */
function heldOutput() {
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

test('pieces of one stream are joined, and those of both keep their order', async () => {
  const { output, writes, letGo } = heldOutput();
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

test('a write has a bounded number of chunks, however fast the streams alternate', async () => {
  const { output, writes, letGo } = heldOutput();
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

test('pieces that keep coming are written at most every 50 ms, the first at once', async () => {
  let writes = 0;
  const output = new OutputJoiner(async () => {
    writes += 1;
  });
  const began = performance.now();
  output.push({ stream: 'stdout', text: 'first' });
  expect(writes).toBe(1);
  for (let n = 0; n < 100; n += 1) {
    await setTimeout(1);
    output.push({ stream: 'stdout', text: '.' });
  }
  await output.flush();
  expect(writes).toBeLessThanOrEqual((performance.now() - began) / 50 + 2);
  expect(output.stdout).toBe(`first${'.'.repeat(100)}`);
});
