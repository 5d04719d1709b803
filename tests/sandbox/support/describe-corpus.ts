import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox, SandboxKind } from '../../../src/sandbox/sandbox.ts';
import { boxed } from '../corpus/boxed.ts';
import { errors } from '../corpus/errors.ts';
import { honest } from '../corpus/honest.ts';
import { isolation } from '../corpus/isolation.ts';
import { memory } from '../corpus/memory.ts';
import { output } from '../corpus/output.ts';
import { time } from '../corpus/time.ts';
import { type Canaries, createCanaries } from './canaries.ts';
import { type CorpusCase, LIMITS } from './corpus-case.ts';
import { execute, type Result } from './execute.ts';
import { availableKinds, openKind } from './kinds.ts';

/** Families whose programs are killed or put out of action: the one after must not notice. */
const VIOLENT = new Set(['time', 'memory', 'output', 'boxed']);

/** Every program of the corpus in a sandbox of this kind; nothing where this machine cannot run it. */
export async function describeCorpus(kind: SandboxKind): Promise<void> {
  const kinds = await availableKinds();
  const canaries = await createCanaries();
  afterAll(() => canaries.remove());

  describe.runIf(kinds.includes(kind))(kind, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await openKind(kind);
    }, 60_000);
    afterAll(() => sandbox.close());

    describe.each(familiesOf(kind, canaries))('%s', (family, cases) => {
      it.each(cases)(
        '$language: $name',
        async (each) => {
          const result = await execute(sandbox, each);
          expectCase(each, result);
          await expectNothingLeft(sandbox, canaries, family, each, result);
        },
        45_000,
      );
    });
  });
}

function familiesOf(kind: SandboxKind, { file, port }: Canaries): [string, CorpusCase[]][] {
  const families = {
    honest,
    errors,
    time,
    memory,
    output,
    isolation: isolation(file, port),
    boxed: boxed(file, port),
  };
  return Object.entries(families)
    .map(([family, cases]): [string, CorpusCase[]] => [
      family,
      cases.filter((each) => each.kind === undefined || each.kind === kind),
    ])
    .filter(([, cases]) => cases.length > 0);
}

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

async function expectNothingLeft(
  sandbox: Sandbox,
  canaries: Canaries,
  family: string,
  each: CorpusCase,
  result: Result,
): Promise<void> {
  const { wallTimeMs, outputBytes } = { ...LIMITS, ...each.limits };
  expect(result.executionTime).toBeLessThan(wallTimeMs + 1000);
  expect(result.droppedBytes > 0).toBe(result.verdict === 'OUTPUT_LIMIT');
  expect(Buffer.byteLength(result.stdout + result.stderr)).toBeLessThanOrEqual(outputBytes * 3);
  expect(canaries.disturbed(result.stdout + result.stderr)).toBeNull();
  expect(`${result.stderr}${result.error}`).not.toMatch(/node_modules|codeinterview-|guest\//);
  if (!VIOLENT.has(family)) return;
  const next = await execute(sandbox, { language: 'javascript', code: 'console.log("next")' });
  expect(next).toMatchObject({ verdict: 'SUCCEEDED', stdout: 'next\n' });
}
