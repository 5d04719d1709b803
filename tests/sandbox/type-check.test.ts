import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { availableKinds } from './support/kinds.ts';

const Check = graphql(`
  mutation Check($input: ExecuteCodeInput!) {
    executeCode(input: $input) {
      ... on ExecuteCodePayload { execution { status stdout stderr error exitCode executionTime } }
      ... on InvalidInputError { message field }
    }
  }
`);

/** Returns what the compiler of this machine prints about the program. */
function tscSays(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'codeinterview-tsc-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'main.ts'), code);
  const compiler = join(process.cwd(), 'node_modules/typescript/bin/tsc');
  const types = ['--types', 'node', '--typeRoots', join(process.cwd(), 'node_modules/@types')];
  const options = [
    '--noEmit',
    '--pretty',
    'false',
    '--skipLibCheck',
    '--target',
    'esnext',
    '--lib',
    'es2023',
  ];
  const modules = ['--module', 'preserve', '--moduleDetection', 'force'];
  try {
    execFileSync(process.execPath, [compiler, ...options, ...modules, ...types, 'main.ts'], { cwd: folder });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}

/** Declarations that take the compiler long: twice as long for each level. */
function slowTypes(depth: number, count: number): string {
  const levels = Array(depth).fill('0').join();
  return `type Tree<Depth, Path> = Depth extends [0, ...infer Rest]
      ? Tree<Rest, [Path, 0]> | Tree<Rest, [Path, 1]> : Path;
    ${Array.from({ length: count }, (_, n) => `export const n${n}: Tree<[${levels}], ${n}> = 0 as never;`).join('\n')}`;
}

const WRONG = [
  'const n: number = "x";\nconsole.log("ran", n);',
  'interface P { name: string; age: number }\nconst p: P = { name: "a" };\nconsole.log("ran", p.agee);',
  'function f(x) { return x; }\nconsole.log("ran", f(1, 2));',
  'import { readFileSync } from "node:fs";\nconst text: number = readFileSync("a", "utf8");\nconsole.log("ran");',
  'enum A { X }\nconst a: A.X = "X";\nconsole.log("ran", undefinedName, a);',
];

describe.each(await availableKinds())('types of TypeScript in %s', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ SANDBOX: kind }, { programs: true });
  });
  afterAll(() => server.close());

  const check = async (code: string, more: { timeoutMs?: number } = {}) => {
    const input = { language: 'TYPESCRIPT' as const, code, typeCheck: true, ...more };
    const { executeCode } = await query(server.graphql, Check, { input });
    if (!('execution' in executeCode)) throw new Error('Refused');
    return executeCode.execution;
  };

  test.each(WRONG)('%j ends with the words of tsc, and does not run', async (code) => {
    const expected = tscSays(code);
    expect(expected).toMatch(/^main\.ts\(\d+,\d+\): error TS/);
    const execution = await check(code);
    expect(execution.status).toBe('COMPILE_ERROR');
    expect(execution.stdout + execution.stderr).toBe(expected);
    expect(execution.error).toContain(/error TS\d+: .*/.exec(expected)?.[0]);
  });

  test('over REST the words are in `error`', async () => {
    const body = { language: 'typescript', code: WRONG[0], typeCheck: true };
    const response = await fetch(`${server.api}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      output: '',
      error: "main.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    });
  });

  test('a program without errors of types runs, with Node’s types', async () => {
    const code = `import { join } from 'node:path';
      const bytes: Buffer = Buffer.from(join('a', 'b'));
      const start: [number, number] = process.hrtime();
      console.log(bytes.toString(), start.length);`;
    expect(await check(code)).toMatchObject({ status: 'SUCCEEDED', stdout: 'a/b 2\n', error: null });
  });

  test('stdin reaches the program', async () => {
    const input = {
      language: 'TYPESCRIPT' as const,
      code: 'let text = "";\nprocess.stdin.on("data", (part) => { text += part; }).on("end", () => console.log(text));',
      typeCheck: true,
      stdin: 'hello',
    };
    const { executeCode } = await query(server.graphql, Check, { input });
    expect(executeCode).toMatchObject({ execution: { stdout: 'hello\n' } });
  });

  test('types are not checked unless asked for', async () => {
    const { value } = await clientsOf(server).REST.execute('TYPESCRIPT', WRONG[0] ?? '');
    expect(value).toMatchObject({ output: 'ran x', error: null });
  });

  test('check and program share the time limit', { retry: 2 }, async () => {
    // The compiler in JavaScript is slower, and needs more memory.
    const code = `${slowTypes(12, kind === 'embedded' ? 8 : 20)}\nconsole.log('ran');\nfor (;;);`;
    const { status, stdout, error, executionTime } = await check(code, { timeoutMs: 6_000 });
    expect({ status, stdout, error }).toEqual({
      status: 'TIMED_OUT',
      stdout: 'ran\n',
      error: 'Exceeded the time limit of 6000 ms',
    });
    expect(executionTime).toBeLessThan(6_000);
  });

  test('the start of the compiler does not count', { retry: 2 }, async () => {
    expect(await check('console.log(1)', { timeoutMs: 70 })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a check that takes too much ends at a limit, and the next one is not disturbed', async () => {
    const code = `${slowTypes(16, 200)}\nconsole.log('ran');`;
    const { status, stdout } = await check(code, { timeoutMs: 2_000 });
    // The compiler in JavaScript may need the memory first.
    expect(status).toMatch(/^(TIMED_OUT|MEMORY_LIMIT)$/);
    expect(stdout).toBe('');
    expect(await check('console.log(1)')).toMatchObject({ status: 'SUCCEEDED', stdout: '1\n' });
  });

  test.each(['JAVASCRIPT', 'PYTHON'] as const)('%s has no types to check', async (language) => {
    const { executeCode } = await query(server.graphql, Check, {
      input: { language, code: '', typeCheck: true },
    });
    expect(executeCode).toEqual({
      field: 'typeCheck',
      message: 'typeCheck is for TypeScript: leave it out for other languages',
    });
  });
});
