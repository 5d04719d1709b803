// Programs as people write them. They end in the sandbox as with the machine's own interpreters.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findCPython } from '../../src/sandbox/runtimes/cpython.ts';
import type { Language, Sandbox } from '../../src/sandbox/sandbox.ts';
import { execute } from './support/execute.ts';
import { availableKinds, openKind } from './support/kinds.ts';
import { comparable, type Ending, runOnMachine } from './support/machine.ts';
import { EXCEPTIONS } from './support/trial-exceptions.ts';

/** What Node, tsc and CPython do with a program. Without `stdout`, its output depends on the machine. */
const expectation = z.strictObject({
  stdin: z.string().default(''),
  exitCode: z.number(),
  stdout: z.string().optional(),
  contains: z.array(z.string()).default([]),
  stderrContains: z.array(z.string()).default([]),
});
const expectations = z.record(z.string(), expectation);

interface Trial extends z.output<typeof expectation> {
  name: string;
  code: string;
  language: Language;
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  '.js': 'javascript',
  '.ts': 'typescript',
  '.py': 'python',
};

/** The machine's own interpreters: those that the box runs, without the box. */
const INTERPRETERS: Partial<Record<Language, string | undefined>> = {
  javascript: process.execPath,
  python: (await findCPython())?.file,
};

const TRIALS = [...trialsOf('node'), ...trialsOf('python')];

function trialsOf(folder: string): Trial[] {
  const read = (name: string) => readFileSync(new URL(`trials/${folder}/${name}`, import.meta.url), 'utf8');
  return Object.entries(expectations.parse(JSON.parse(read('expected.json')))).map(([name, expected]) => ({
    ...expected,
    name,
    code: read(name),
    language: LANGUAGES[extname(name)] ?? 'javascript',
  }));
}

describe.each(await availableKinds())('%s', (kind) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openKind(kind);
    return () => sandbox.close();
  }, 120_000);

  const possible = TRIALS.filter(({ name }) => !EXCEPTIONS[kind][name]?.includes('all'));

  it.each(possible)('runs $name', { timeout: 120_000 }, async (trial) => {
    const { language, code, stdin } = trial;
    const seen = await execute(sandbox, { language, code, stdin });
    expect(seen.stdout).toBe(trial.stdout ?? seen.stdout);
    for (const text of trial.contains) expect(seen.stdout).toContain(text);
    for (const text of trial.stderrContains) expect(seen.stderr).toContain(text);
    expect(seen.exitCode, seen.stderr).toBe(trial.exitCode);

    const interpreter = INTERPRETERS[language];
    if (!interpreter) return;
    const there = runOnMachine(interpreter, `main${extname(trial.name)}`, code, stdin);
    const [, ...differing] = EXCEPTIONS[kind][trial.name] ?? [''];
    const parts = (ending: Ending) => ({
      ...ending,
      stderr: kind === 'embedded' ? messages(language, ending.stderr) : ending.stderr,
      ...Object.fromEntries(differing.map((part) => [part, 'differs'])),
    });
    expect(parts(comparable(seen))).toEqual(parts(there));
  });
});

if (!INTERPRETERS.python) it.skip('compares programs in Python: this machine has no python3');

/**
 * Returns the messages of errors without the lines of code around them. Those differ among versions of CPython, and
 * Deno shows none.
 */
function messages(language: Language, stderr: string): string {
  const lines = stderr.split('\n');
  if (language === 'python') return lines.filter((line) => !line.startsWith('    ')).join('\n');
  return lines.find((line) => /^[A-Z]\w*(:| \[)/.test(line)) ?? stderr;
}
