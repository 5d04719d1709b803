import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedSandbox } from '../../src/sandbox/embedded.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { errors } from './corpus/errors.ts';
import { honest } from './corpus/honest.ts';
import { isolation } from './corpus/isolation.ts';
import { memory } from './corpus/memory.ts';
import { output } from './corpus/output.ts';
import { time } from './corpus/time.ts';
import { type Canaries, createCanaries } from './support/canaries.ts';
import { type CorpusCase, LIMITS } from './support/corpus-case.ts';
import { execute, type Result } from './support/execute.ts';
import { childrenOf } from './support/processes.ts';

const canaries: Canaries = await createCanaries();
const WAITING = 2;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createEmbeddedSandbox();
  // The first Python process also makes the snapshot that the others start from.
  await execute(sandbox, { language: 'python', code: 'pass' });
}, 60_000);

afterAll(async () => {
  await sandbox.close();
  expect(childrenOf(process.pid).length).toBeLessThanOrEqual(childrenBefore);
  await canaries.remove();
});

const childrenBefore = childrenOf(process.pid).length;

/** Families whose programs are killed or put out of action: the one after must not notice. */
const VIOLENT = new Set(['time', 'memory', 'output']);

const families: Record<string, CorpusCase[]> = {
  honest,
  errors,
  time,
  memory,
  output,
  isolation: isolation(canaries.file, canaries.port),
};

describe.each(Object.entries(families))('%s', (family, cases) => {
  it.each(cases)(
    '$language: $name',
    async (each) => {
      const result = await execute(sandbox, each);
      expectCase(each, result);
      await expectNothingLeft(family, each, result);
    },
    45_000,
  );
});

function expectCase(each: CorpusCase, result: Result): void {
  const seen = { ...result, chunks: result.chunks.length };
  expect([each.verdict].flat(), JSON.stringify(seen).slice(0, 2000)).toContain(result.verdict);
  if (each.stdout !== undefined) expectText(result.stdout, each.stdout);
  if (each.stderr !== undefined) expectText(result.stderr, each.stderr);
  if (each.error !== undefined) expectText(result.error ?? '', each.error);
  if (each.exitCode !== undefined) expect(result.exitCode).toBe(each.exitCode);
  if (result.verdict === 'SUCCEEDED') expect(result).toMatchObject({ exitCode: 0, error: null });
  else expect(result.error).toBeTruthy();
}

function expectText(text: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect(text).toBe(expected);
  else expect(text).toMatch(expected);
}

async function expectNothingLeft(family: string, each: CorpusCase, result: Result): Promise<void> {
  const { wallTimeMs, outputBytes } = { ...LIMITS, ...each.limits };
  expect(result.executionTime).toBeLessThan(wallTimeMs + 1000);
  expect(result.droppedBytes > 0).toBe(result.verdict === 'OUTPUT_LIMIT');
  expect(Buffer.byteLength(result.stdout + result.stderr)).toBeLessThanOrEqual(outputBytes * 3);
  expect(canaries.disturbed(result.stdout + result.stderr)).toBeNull();
  expect(`${result.stderr}${result.error}`).not.toMatch(/node_modules|codeinterview-|guest\//);
  expect(childrenOf(process.pid).length).toBeLessThanOrEqual(childrenBefore + WAITING);
  if (!VIOLENT.has(family)) return;
  const next = await execute(sandbox, { language: 'javascript', code: 'console.log("next")' });
  expect(next).toMatchObject({ verdict: 'SUCCEEDED', stdout: 'next\n' });
}
