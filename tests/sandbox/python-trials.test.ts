import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Sandbox, SandboxKind } from '../../src/sandbox/sandbox.ts';
import { execute } from './support/execute.ts';
import { availableKinds, openKind } from './support/kinds.ts';

const FOLDER = new URL('./trials/python/', import.meta.url);

/** What CPython does with the program. Without `stdout`, its output depends on the machine. */
const trial = z.object({
  stdin: z.string().optional(),
  exitCode: z.number(),
  stdout: z.string().optional(),
  contains: z.array(z.string()).default([]),
  stderrContains: z.array(z.string()).default([]),
});

const trials = z.record(z.string(), trial).parse(JSON.parse(read('expected.json')));

/** The trials that a kind cannot pass, with the reason. docs/sandbox.md tells the same. */
const EXCEPTIONS: Record<SandboxKind, Record<string, string>> = {
  bubblewrap: {},
  embedded: {
    'P01b-threading-stack-512.py': 'no threads',
    'P02-resource-stack.py': 'no module `resource`',
    'R05-random-sample-big.py': '32-bit sizes',
  },
};

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

describe.each(await availableKinds())('%s', (kind) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openKind(kind);
    return () => sandbox.close();
  }, 120_000);

  const possible = Object.entries(trials).filter(([name]) => !(name in EXCEPTIONS[kind]));

  it.each(possible)('runs %s as CPython does', async (name, expected) => {
    const { stdin, exitCode, stdout, contains, stderrContains } = expected;
    const program = { language: 'python', code: read(name), ...(stdin !== undefined && { stdin }) } as const;
    const result = await execute(sandbox, program);
    const verdict = exitCode === 0 ? 'SUCCEEDED' : 'FAILED';
    expect(result, result.stderr).toMatchObject({ verdict, exitCode });
    if (stdout !== undefined) expect(result.stdout).toBe(stdout);
    for (const text of contains) expect(result.stdout).toContain(text);
    for (const text of stderrContains) expect(result.stderr).toContain(text);
  });
});
