import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APIS, type ApiClient, clientsOf } from '../support/api-clients.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

describe.each(APIS)('execution over %s', (name) => {
  let client: ApiClient;
  beforeAll(() => {
    client = clientsOf(server)[name];
  });

  test.each([
    ['PYTHON', 'import math\nprint(math.factorial(5))', '120'],
    ['JAVASCRIPT', 'console.log([1, 2, 3].map((n) => n * n));', '[ 1, 4, 9 ]'],
    [
      'TYPESCRIPT',
      'enum Level { Low, High }\nconst first = <T>(items: T[]): T | undefined => items[0];\nconsole.log(Level[1], first([7]));',
      'High 7',
    ],
  ] as const)('%s runs', async (language, code, output) => {
    const { value } = await client.execute(language, code);
    expect(value).toEqual({ output, error: null, executionTime: expect.any(Number) });
    expect(value?.executionTime).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['PYTHON', 'print("before")\nprint(x)', "NameError: name 'x' is not defined"],
    ['PYTHON', 'pritn(1)', "NameError: name 'pritn' is not defined. Did you mean: 'print'?"],
    ['PYTHON', 'def broken(:\n  pass', 'SyntaxError'],
    ['PYTHON', 'raise ValueError("no")', 'Traceback (most recent call last):'],
    ['JAVASCRIPT', 'null.x', 'TypeError: Cannot read properties of null'],
    ['JAVASCRIPT', 'let = ;', 'SyntaxError'],
    ['TYPESCRIPT', 'const n: number = ;', 'SyntaxError'],
  ] as const)('%s: %j fails with the words of its language', async (language, code, message) => {
    const { value } = await client.execute(language, code);
    expect(value?.error).toContain(message);
    // No path of the host. In its box the program is `/tmp/main.js`.
    expect(value?.error).not.toMatch(/\/work|\/root|\/tmp\/(?!main\.js\b)|node_modules|blob:/);
  });

  test('what was printed before the error is kept', async () => {
    const { value } = await client.execute('PYTHON', 'print("before")\nprint(x)');
    expect(value?.output).toBe('before');
  });

  test('an endless program is ended at its time limit', async () => {
    const { value } = await client.execute('PYTHON', 'print("started", flush=True)\nwhile True: pass', 2_000);
    expect(value).toMatchObject({ output: 'started', error: expect.stringMatching(/timed out|time limit/i) });
  });

  test.each([0, -1, 60_001])(
    'a time limit of %d ms is refused, and over REST cut to the bounds',
    async (timeout) => {
      const { value, failure } = await client.execute('PYTHON', '', timeout);
      if (name === 'REST') {
        // An empty program may be faster than the shortest limit, a millisecond.
        const told = [null, ...(timeout < 1 ? ['Execution timed out (0.001 second limit)'] : [])];
        expect(told).toContain(value?.error);
      } else {
        expect(failure).toEqual({
          code: 'INVALID_REQUEST',
          message: expect.stringMatching(/^timeoutMs must be at (least 1|most 60000)$/),
        });
      }
    },
  );

  test('code beyond 2 MiB is refused', async () => {
    const { failure } = await client.execute('PYTHON', 'é'.repeat(1024 * 1024 + 1));
    expect(failure).toEqual({ code: 'INVALID_REQUEST', message: 'code must be at most 2097152 bytes' });
  });

  test('code with a NUL is refused', async () => {
    const { failure } = await client.execute('PYTHON', 'print("\0")');
    expect(failure).toEqual({ code: 'INVALID_REQUEST', message: 'code must not contain a NUL character' });
  });

  test('ten programs at once each answer with their own output', async () => {
    const outputs = await Promise.all(
      Array.from(
        { length: 10 },
        async (_, n) => (await client.execute('JAVASCRIPT', `console.log(${n})`)).value?.output,
      ),
    );
    expect(outputs).toEqual(Array.from({ length: 10 }, (_, n) => String(n)));
  });
});
