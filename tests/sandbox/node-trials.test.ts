// Programs as people write them, with what Node and tsc print.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { execute } from './support/execute.ts';
import { availableKinds, openKind } from './support/kinds.ts';

const kinds = await availableKinds();

const expectations = z.record(
  z.string(),
  z.strictObject({
    stdin: z.string().default(''),
    exitCode: z.number(),
    stdout: z.string().optional(),
    contains: z.array(z.string()).default([]),
    stderrContains: z.array(z.string()).default([]),
  }),
);

const read = (name: string) => readFileSync(new URL(`trials/node/${name}`, import.meta.url), 'utf8');
const TRIALS = Object.entries(expectations.parse(JSON.parse(read('expected.json'))));

/** docs/sandbox.md has the reasons. */
const NOT_EMBEDDED = new Set([
  'E11-await-nonasync.js',
  'M05-worker-filename.js',
  'N05-os.js',
  'N07-node-test.js',
  'N19-fs-write-read.js',
  'N20-fs-self.js',
  'T02-import-equals.ts',
  'T07-param-decorators.ts',
  'T08-namespace-merge.ts',
  'T13-accessor-generics.ts',
]);

describe.each(kinds)('%s', (kind) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openKind(kind);
    return () => sandbox.close();
  }, 120_000);

  const here = TRIALS.filter(([name]) => kind === 'bubblewrap' || !NOT_EMBEDDED.has(name));
  it.each(here)('%s', { timeout: 120_000 }, async (name, expected) => {
    const language = name.endsWith('.ts') ? 'typescript' : 'javascript';
    const { exitCode, stdout, stderr } = await execute(sandbox, {
      language,
      code: read(name),
      stdin: expected.stdin,
    });
    expect(stdout).toBe(expected.stdout ?? stdout);
    for (const text of expected.contains) expect(stdout).toContain(text);
    for (const text of expected.stderrContains) expect(stderr).toContain(text);
    expect(exitCode).toBe(expected.exitCode);
  });
});
