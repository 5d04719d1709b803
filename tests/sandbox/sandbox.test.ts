import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Language, OutputChunk, Run, Sandbox } from '../../src/sandbox/sandbox.ts';
import { LIMITS, MEGABYTE } from './support/corpus-case.ts';
import { execute, textOf } from './support/execute.ts';
import { availableKinds, openKind } from './support/kinds.ts';
import { childrenOf, descendantsOf, isAlive } from './support/processes.ts';

const kinds = await availableKinds();

function workspaces(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('codeinterview'));
}

describe.each(kinds)('%s', (kind) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openKind(kind);
    return () => sandbox.close();
  }, 120_000);

  /** Starts a program. `printed` resolves when a text is in its output. */
  function start(language: Language, code: string, limits = {}, inSandbox = sandbox) {
    const chunks: OutputChunk[] = [];
    let wake = () => {};
    const run = inSandbox.run({ language, code, limits: { ...LIMITS, ...limits } }, (chunk) => {
      chunks.push(chunk);
      wake();
    });
    async function printed(text: string): Promise<void> {
      while (!textOf(chunks, 'stdout').includes(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    return { run, chunks, printed };
  }

  async function ended(run: Run) {
    run.endStdin();
    return run.outcome;
  }

  it.each([
    'def f():\n    lenght = 1\n    print(length)\nf()',
    'try:\n    [].appendd(1)\nexcept AttributeError as error:\n    raise error from ValueError("first")',
  ])('describes an error of Python as its last line does, hints included: %j', async (code) => {
    const { run, chunks } = start('python', code);
    const { error } = await ended(run);
    expect(error).toBe(textOf(chunks, 'stderr').trimEnd().split('\n').at(-1));
  });

  describe('interactive stdin', () => {
    it.each<[Language, string]>([
      ['python', 'name = input("name? ")\nprint("hello", name)\nage = input("age? ")\nprint("age", age)'],
      [
        'javascript',
        `const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout });
rl.question('name? ', (name) => { console.log('hello', name);
  rl.question('age? ', (age) => { console.log('age', age); rl.close(); }); });`,
      ],
      [
        'typescript',
        `import { createInterface } from 'node:readline/promises';
const rl = createInterface({ input: process.stdin, output: process.stdout });
console.log('hello', await rl.question('name? ')); console.log('age', await rl.question('age? ')); rl.close();`,
      ],
    ])('is asked and answered in %s', async (language, code) => {
      const { run, chunks, printed } = start(language, code);
      await printed('name? ');
      expect(run.writeStdin('Ann\n')).toBe(true);
      await printed('hello Ann');
      await printed('age? ');
      expect(run.writeStdin('42\n')).toBe(true);
      await printed('age 42');
      expect(await ended(run)).toMatchObject({ verdict: 'SUCCEEDED' });
      expect(textOf(chunks, 'stdout')).toBe('name? hello Ann\nage? age 42\n');
    });

    it('is refused once it is closed, and once the program has ended', async () => {
      const { run } = start('javascript', 'process.stdin.resume()');
      expect(run.writeStdin('a')).toBe(true);
      run.endStdin();
      run.endStdin();
      expect(run.writeStdin('b')).toBe(false);
      expect(await run.outcome).toMatchObject({ verdict: 'SUCCEEDED' });
      expect(run.writeStdin('c')).toBe(false);
      run.endStdin();
    });

    it('is bounded when the program does not read', async () => {
      const { run } = start('javascript', 'setTimeout(() => {}, 60000)');
      const piece = 'x'.repeat(MEGABYTE);
      let taken = 0;
      while (run.writeStdin(piece)) taken++;
      expect(taken).toBeGreaterThan(1);
      expect(taken).toBeLessThanOrEqual(16);
      run.cancel();
      expect(await run.outcome).toMatchObject({ verdict: 'CANCELLED' });
    });

    it('survives a program that ends without reading', async () => {
      const { run } = start('javascript', 'process.exit(0)');
      run.writeStdin('x'.repeat(4 * MEGABYTE));
      expect(await ended(run)).toMatchObject({ verdict: 'SUCCEEDED' });
    });
  });

  describe('the execution time', () => {
    it.each<[Language, string]>([
      [
        'python',
        'import time\nbegan = time.monotonic()\ntime.sleep(1)\nprint((time.monotonic() - began) * 1000)',
      ],
      [
        'javascript',
        'const began = performance.now(); setTimeout(() => console.log(performance.now() - began), 1000)',
      ],
      [
        'typescript',
        `const began: number = performance.now();
await new Promise((resolve) => setTimeout(resolve, 1000));
console.log(performance.now() - began);`,
      ],
    ])(
      'is what a program in %s measures itself',
      async (language, code) => {
        // A busy machine delays the program's start and end. A clock that counts loading is wrong in every attempt.
        const differences: number[] = [];
        for (let attempt = 0; attempt < 20; attempt += 1) {
          const { verdict, stdout, executionTime } = await execute(sandbox, { language, code });
          expect(verdict).toBe('SUCCEEDED');
          const difference = executionTime - Number(stdout);
          if (difference > -5 && difference < 200) return;
          differences.push(difference);
        }
        expect.fail(`The differences were ${differences.map(Math.round)} ms`);
      },
      120_000,
    );
  });

  describe('cancel', () => {
    it('ends a program and keeps what it printed', async () => {
      const { run, chunks, printed } = start('python', 'print("here")\nwhile True: pass');
      await printed('here\n');
      run.cancel();
      run.cancel();
      expect(await run.outcome).toMatchObject({ verdict: 'CANCELLED', exitCode: null, error: 'Cancelled' });
      expect(textOf(chunks, 'stdout')).toBe('here\n');
      run.cancel();
    });

    it('ends a program that has not begun', async () => {
      const { run } = start('javascript', 'console.log("never")');
      run.cancel();
      expect(await run.outcome).toMatchObject({ verdict: 'CANCELLED', executionTime: expect.any(Number) });
    });
  });

  describe('two runs', () => {
    it.each<[Language, string]>([
      ['python', 'import random; print(random.random(), id(object()) and random.getrandbits(64))'],
      ['javascript', 'console.log(Math.random(), crypto.randomUUID())'],
    ])('draw different numbers in %s', async (language, code) => {
      const first = await execute(sandbox, { language, code });
      const second = await execute(sandbox, { language, code });
      expect(first.verdict).toBe('SUCCEEDED');
      expect(first.stdout).not.toBe(second.stdout);
    });

    it('share no files, modules or globals in Python', async () => {
      const code = `import builtins, json, os, tempfile
left = [hasattr(builtins, "left"), hasattr(json, "left"), os.path.exists("left"), os.path.exists("/tmp/left")]
builtins.left = json.left = True
open("left", "w").close(); open("/tmp/left", "w").close()
print(any(left), tempfile.mkdtemp())`;
      const first = await execute(sandbox, { language: 'python', code });
      const second = await execute(sandbox, { language: 'python', code });
      expect(first.stdout).toMatch(/^False \/tmp\//);
      expect(second.stdout).toMatch(/^False \/tmp\//);
      expect(first.stdout).not.toBe(second.stdout);
    });

    it('run side by side', async () => {
      const languages: Language[] = [
        'javascript',
        'typescript',
        'javascript',
        'typescript',
        'python',
        'python',
      ];
      const results = await Promise.all(
        languages.map((language, index) =>
          execute(sandbox, {
            language,
            code: language === 'python' ? `print(${index})` : `console.log(${index})`,
          }),
        ),
      );
      expect(results.map((result) => result.stdout)).toEqual(languages.map((_, index) => `${index}\n`));
    });
  });

  describe('the sandbox', () => {
    it('names its kind, what runs each language and what protects', () => {
      expect(sandbox.kind).toBe(kind);
      expect(sandbox.languages.map(({ language }) => language)).toEqual([
        'javascript',
        'typescript',
        'python',
      ]);
      for (const { version } of sandbox.languages) expect(version).toMatch(/^\d+\.\d+\.\d+/);
      const names = sandbox.protections.map(({ name }) => name);
      expect(names).toEqual(['namespaces', 'filter', 'memory', 'processes', 'network', 'user']);
    });

    it.runIf(existsSync('/proc/self/environ'))('gives its processes nothing of its environment', async () => {
      const { run, printed } = start('javascript', 'console.log("here"); for (;;);');
      await printed('here');
      const environments = descendantsOf(process.pid).map((pid) =>
        readFileSync(`/proc/${pid}/environ`, 'utf8'),
      );
      run.cancel();
      await run.outcome;
      expect(process.env).toHaveProperty('PATH');
      const mark = kind === 'bubblewrap' ? 'LANG=C.UTF-8\0PATH=/usr/bin\0' : 'DENO_DIR=';
      const own = environments.filter((each) => each.includes(mark));
      expect(own).not.toEqual([]);
      for (const each of own) {
        expect(each).not.toContain(`PATH=${process.env['PATH']}`);
        expect(each).not.toMatch(/(^|\0)(HOME=(?!\/tmp\0)|NODE_)/);
      }
    });

    it('tells the peak memory where the host can', async () => {
      // What the process held when the program started does not count: on a busy machine that is measured late.
      const code = 'import time; time.sleep(1)\ndata = bytearray(b"x" * 40_000_000)\ntime.sleep(1)';
      const { memoryPeak } = await execute(sandbox, { language: 'python', code });
      if (!existsSync('/proc/self/status')) expect(memoryPeak).toBeNull();
      else expect((memoryPeak ?? 0) / MEGABYTE).toBeGreaterThan(30);
    });

    it('takes ten megabytes of code without counting them as the memory of the program', async () => {
      const code = `/*${'x'.repeat(10 * MEGABYTE)}*/ console.log("long");`;
      const result = await execute(sandbox, {
        language: 'javascript',
        code,
        limits: { memoryBytes: 64 * MEGABYTE },
      });
      expect(result).toMatchObject({ verdict: 'SUCCEEDED', stdout: 'long\n' });
    });

    it('refuses code without measure', async () => {
      const code = '"'.repeat(17 * MEGABYTE);
      const result = await execute(sandbox, { language: 'python', code });
      expect(result).toMatchObject({
        verdict: 'COMPILE_ERROR',
        exitCode: null,
        error: 'The code is too large',
      });
    });

    it('leaves no process and no file when it closes while programs run', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
      // Programs run as other users, which need access to the folder.
      chmodSync(folder, 0o755);
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const before = new Set(childrenOf(process.pid));
      vi.stubEnv('TMPDIR', folder);
      const closing = await openKind(kind);
      vi.unstubAllEnvs();
      onTestFinished(() => closing.close());
      const supervisors = childrenOf(process.pid).filter((pid) => !before.has(pid));
      const programs = [
        start('javascript', 'console.log("here"); for (;;);', {}, closing),
        start('python', 'print("here")\nwhile True: pass', {}, closing),
      ];
      for (const { printed } of programs) await printed('here');
      expect(workspaces(folder)).toHaveLength(1);
      const started = [...supervisors, ...supervisors.flatMap(descendantsOf)];
      await closing.close();
      for (const { run } of programs) expect(await run.outcome).toMatchObject({ verdict: 'CANCELLED' });
      expect(started.filter(isAlive)).toEqual([]);
      expect(workspaces(folder)).toEqual([]);
    });
  });
});
