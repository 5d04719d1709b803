import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { request } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const Limited = graphql(`
  mutation Limited($limits: ExecutionLimitsInput, $timeoutMs: Int) {
    result: executeCode(
      input: { language: JAVASCRIPT, code: "console.log('x'.repeat(99))", limits: $limits, timeoutMs: $timeoutMs }
    ) {
      ... on ExecuteCodePayload { execution { status error } }
      ... on Error { code message }
      ... on InvalidInputError { field }
    }
  }
`);

const CEILINGS = { cpuTimeMs: 5_000, memoryBytes: 200_000_000, outputBytes: 50_000, processes: 20 };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(
    {
      CPU_LIMIT: String(CEILINGS.cpuTimeMs),
      MEMORY_LIMIT: String(CEILINGS.memoryBytes),
      OUTPUT_LIMIT: String(CEILINGS.outputBytes),
      PROCESS_LIMIT: String(CEILINGS.processes),
    },
    { programs: true },
  );
});
afterAll(() => server.close());

const FIELDS = ['cpuTimeMs', 'memoryBytes', 'outputBytes', 'processes'] as const;

test('a program has the limits of the operator, and those that its request lowers', async () => {
  const run = vi.spyOn(server.app.sandbox, 'run');
  await request(server.graphql, Limited, {});
  const lower = { cpuTimeMs: 4_000, memoryBytes: 150_000_000, outputBytes: 1_000, processes: 10 };
  await request(server.graphql, Limited, { limits: lower, timeoutMs: 2_000 });
  const given = run.mock.calls.map(([{ limits }]) => limits);
  run.mockRestore();
  expect(given).toEqual([
    { ...CEILINGS, wallTimeMs: 30_000 },
    { ...lower, wallTimeMs: 2_000 },
  ]);
});

test('a lowered limit ends the program', async () => {
  const { data } = await request(server.graphql, Limited, { limits: { outputBytes: 50 } });
  expect(data?.result).toEqual({ execution: { status: 'OUTPUT_LIMIT', error: expect.any(String) } });
});

test.each(FIELDS.flatMap((field) => [0, -1].map((value) => [field, value] as const)))(
  '%s of %d is refused',
  async (field, value) => {
    const { data } = await request(server.graphql, Limited, { limits: { [field]: value } });
    expect(data?.result).toEqual({
      code: 'INVALID_REQUEST',
      field,
      message: `${field} must be at least 1`,
    });
  },
);

test.each(FIELDS)('%s beyond that of the operator is refused', async (field) => {
  const { data } = await request(server.graphql, Limited, { limits: { [field]: CEILINGS[field] + 1 } });
  expect(data?.result).toEqual({
    code: 'INVALID_REQUEST',
    field,
    message: `${field} must be at most ${CEILINGS[field]}`,
  });
});

test.each(['1.5', '1e309', '"9"', 'NaN', '99999999999'])('%s is no limit', async (literal) => {
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":${JSON.stringify(Limited.toString())},"variables":{"limits":{"cpuTimeMs":${literal}}}}`,
  });
  expect(response.status).toBeLessThan(500);
  const { errors } = await response.json();
  expect(errors[0].message).toMatch(literal === 'NaN' ? /JSON/ : /cpuTimeMs.*Int cannot represent/);
  if (literal !== 'NaN') expect(errors[0].extensions.code).toBe('INVALID_REQUEST');
});

test.each([
  ['wall', 300, 'import time; time.sleep(60)', 'Execution timed out (0.3 second limit)'],
  ['CPU', 60_000, 'while True: pass', 'Execution timed out (0.5 second limit)'],
])('over REST the limit of %s time is named in the error', async (_, timeout, code, error) => {
  const strict = await startTestServer({ CPU_LIMIT: '500' }, { programs: true });
  onTestFinished(strict.close);
  const response = await fetch(`${strict.api}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'python', code, timeout }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ error, output: '' });
});
