import { expect, test } from 'vitest';
import { OutputCollector } from '../../src/sandbox/output-collector.ts';

const TEXT = 'aé€😀\n'.repeat(12);
const BYTES = Buffer.from(TEXT);
const LIMITS = Array.from({ length: BYTES.length - 1 }, (_, index) => index + 1);

/** Collects the text, which comes in pieces of this size. */
function collect(limit: number, size: number) {
  let output = '';
  const collector = new OutputCollector(limit, ({ text }) => {
    output += text;
  });
  for (let start = 0; start < BYTES.length; start += size) {
    collector.push('stdout', BYTES.subarray(start, start + size));
  }
  collector.end();
  return { output, droppedBytes: collector.droppedBytes };
}

test.each([1, 2, 3, 4, 5, 100, 200])('no limit cuts a character in two, in pieces of %i bytes', (size) => {
  for (const limit of LIMITS) {
    const { output, droppedBytes } = collect(limit, size);
    expect(droppedBytes).toBeGreaterThan(0);
    expect(output).not.toContain('\uFFFD');
    const isWhole = Array.from({ length: output.length + 1 }, (_, end) => end).some(
      (end) => TEXT.startsWith(output.slice(0, end)) && TEXT.endsWith(output.slice(end)),
    );
    expect(isWhole, output).toBe(true);
  }
});
