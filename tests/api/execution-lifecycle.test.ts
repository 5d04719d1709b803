import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { ExecuteCodeInput } from '../generated/graphql.ts';
import { type ApiClient, clientsOf } from '../support/api-clients.ts';
import { query, request } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

graphql(`
  fragment ExecutionFields on Execution {
    id status stdout stderr exitCode error executionTime truncated createdAt startedAt finishedAt
    session { id }
  }
`);

const Start = graphql(`
  mutation Start($input: ExecuteCodeInput!) {
    result: startExecution(input: $input) {
      ... on StartExecutionPayload { execution { ...ExecutionFields } }
      ... on Error { code message }
    }
  }
`);

const Execute = graphql(`
  mutation Execute($input: ExecuteCodeInput!) {
    result: executeCode(input: $input) {
      ... on ExecuteCodePayload { execution { ...ExecutionFields } }
      ... on Error { code message }
    }
  }
`);

const Cancel = graphql(`
  mutation Cancel($id: ID!) {
    result: cancelExecution(input: { id: $id }) {
      ... on CancelExecutionPayload { execution { id } }
      ... on Error { code message }
    }
  }
`);

const Find = graphql(`query Find($id: ID!) { execution(id: $id) { ...ExecutionFields } }`);

const Follow = graphql(`
  subscription Follow($id: ID!) {
    sessionEvents(sessionId: $id, after: 1) {
      ... on ExecutionStarted { execution { id status } }
      ... on ExecutionFinished { execution { id status } }
    }
  }
`);

const ENDLESS = 'console.log("on"); setInterval(() => {}, 1000)';

let server: TestServer;
let rest: ApiClient;
beforeAll(async () => {
  server = await startTestServer({ MAX_RUNNING: '1' }, { programs: true });
  rest = clientsOf(server).REST;
});
afterAll(() => server.close());

async function start(input: Partial<ExecuteCodeInput> = {}) {
  const { result } = await query(server.graphql, Start, {
    input: { language: 'JAVASCRIPT', code: ENDLESS, timeoutMs: 60_000, ...input },
  });
  if (!('execution' in result)) throw new Error(result.message);
  return result.execution;
}

async function find(id: string) {
  return (await query(server.graphql, Find, { id })).execution;
}

async function cancel(id: string) {
  return (await query(server.graphql, Cancel, { id })).result;
}

async function newSession(): Promise<string> {
  return (await rest.createSession()).value?.id ?? '';
}

function followExecutions(id: string) {
  const stream = subscribe('WebSocket', server.graphql, Follow, { id });
  onTestFinished(stream.stop);
  return async () => (await stream.data()).sessionEvents;
}

test('an execution outside a session is stored and found by its id', async () => {
  const { result } = await query(server.graphql, Execute, {
    input: { language: 'JAVASCRIPT', code: 'console.log("out"); console.error("err")' },
  });
  if (!('execution' in result)) throw new Error(result.message);
  expect(result.execution).toMatchObject({
    status: 'SUCCEEDED',
    stdout: 'out\n',
    stderr: 'err\n',
    exitCode: 0,
    error: null,
    truncated: false,
    session: null,
  });
  expect(await find(result.execution.id)).toEqual(result.execution);
});

test.each([
  ['exit code', 'process.exit(3)', { status: 'FAILED', exitCode: 3 }],
  [
    'uncaught error',
    'throw new RangeError("far")',
    { status: 'FAILED', exitCode: 1, error: 'RangeError: far' },
  ],
  ['syntax error', 'const = 1', { status: 'COMPILE_ERROR' }],
  [
    'endless output',
    'for (;;) console.log("x".repeat(1000))',
    { status: 'OUTPUT_LIMIT', truncated: true, exitCode: null },
  ],
  ['time limit', 'for (;;);', { status: 'TIMED_OUT', exitCode: null }],
  [
    'memory limit',
    'const a = []; for (;;) a.push(new Array(1e6).fill(7))',
    { status: 'MEMORY_LIMIT', exitCode: null },
  ],
])('a program that ends by %s is an execution, not an error', async (_, code, expected) => {
  const { result } = await query(server.graphql, Execute, {
    input: { language: 'JAVASCRIPT', code, timeoutMs: expected.status === 'TIMED_OUT' ? 300 : 60_000 },
  });
  expect('execution' in result && result.execution).toMatchObject({ ...expected, error: expect.any(String) });
});

test('stdin is what was given, then closed', async () => {
  const code = 'import sys\nprint(input().upper())\nprint(repr(sys.stdin.read()))';
  const { result } = await query(server.graphql, Execute, {
    input: { language: 'PYTHON', code, stdin: 'ada\nlovelace\n' },
  });
  expect('execution' in result && result.execution).toMatchObject({ stdout: "ADA\n'lovelace\\n'\n" });
});

test('without stdin executeCode reads the end of input', async () => {
  const { result } = await query(server.graphql, Execute, {
    input: { language: 'PYTHON', code: 'print(input())' },
  });
  expect('execution' in result && result.execution).toMatchObject({
    status: 'FAILED',
    error: expect.stringContaining('EOFError'),
  });
});

test('a started execution runs on, is cancelled twice, and then has ended', async () => {
  const sessionId = await newSession();
  const next = followExecutions(sessionId);
  const { id, status } = await start({ sessionId });
  expect(status).toBe('QUEUED');
  expect(await next()).toEqual({ execution: { id, status: 'RUNNING' } });
  expect(await find(id)).toMatchObject({
    status: 'RUNNING',
    session: { id: sessionId },
    executionTime: null,
  });

  expect(await cancel(id)).toEqual({ execution: { id } });
  const again = await cancel(id);
  expect(['execution', 'code']).toContain(Object.keys(again)[0]);
  expect(await next()).toEqual({ execution: { id, status: 'CANCELLED' } });

  expect(await find(id)).toMatchObject({
    status: 'CANCELLED',
    exitCode: null,
    finishedAt: expect.any(String),
  });
  expect(await cancel(id)).toMatchObject({ code: 'EXECUTION_NOT_RUNNING' });
});

test('a waiting execution is cancelled without having run', async () => {
  const running = await start();
  const waiting = await start();
  expect(await cancel(waiting.id)).toEqual({ execution: { id: waiting.id } });
  await expect.poll(() => find(waiting.id)).toMatchObject({ status: 'CANCELLED', startedAt: null });
  await cancel(running.id);
  await expect.poll(() => find(running.id)).toMatchObject({ status: 'CANCELLED' });
});

test('an execution is cancelled wherever it is on its way from the queue to its start', async () => {
  // Where it is after these times depends on the machine; what is promised does not.
  for (let delay = 0; delay < 60; delay += 6) {
    const { id } = await start();
    await new Promise((resolve) => setTimeout(resolve, delay));
    expect(await cancel(id)).toEqual({ execution: { id } });
    await expect.poll(() => find(id)).toMatchObject({ status: 'CANCELLED', error: 'Cancelled' });
  }
});

test('an execution is cancelled while its start waits to be recorded', async () => {
  const sessionId = await newSession();
  // Changes of a session wait for each other, and this one takes its time.
  let letGo = () => {};
  const slow = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  void server.app.writers.run(sessionId, () => slow);
  const { id } = await start({ sessionId });
  expect(await cancel(id)).toEqual({ execution: { id } });
  letGo();
  await expect.poll(() => find(id)).toMatchObject({ status: 'CANCELLED', stdout: '' });
});

test('an error that no database holds as it is becomes one that it does', async () => {
  const { result } = await query(server.graphql, Execute, {
    input: { language: 'JAVASCRIPT', code: 'throw new Error("a\\0b \\ud800")' },
  });
  expect('execution' in result && result.execution).toMatchObject({
    status: 'FAILED',
    error: 'Error: a\uFFFDb \uFFFD',
  });
});

test('a server that shuts down takes no new program', async () => {
  const leaving = await startTestServer();
  onTestFinished(leaving.close);
  await leaving.app.executions.close(0);
  const { errors } = await request(leaving.graphql, Start, { input: { language: 'JAVASCRIPT', code: '1' } });
  expect(errors).toMatchObject([{ extensions: { code: 'SHUTTING_DOWN' } }]);
  const response = await fetch(`${leaving.api}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'javascript', code: '1' }),
  });
  expect(response.status).toBe(503);
});

test('an unknown execution is told', async () => {
  expect(await find('nothing')).toBeNull();
  expect(await cancel('nothing')).toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
});

test('an unknown session is told before anything runs', async () => {
  const { result } = await query(server.graphql, Execute, {
    input: { language: 'JAVASCRIPT', code: '1', sessionId: '0000000000' },
  });
  expect(result).toMatchObject({ code: 'SESSION_NOT_FOUND' });
});

test('deleting a session ends what runs in it', async () => {
  const sessionId = await newSession();
  const endless = query(server.graphql, Execute, {
    input: { language: 'JAVASCRIPT', code: ENDLESS, sessionId },
  });
  const next = followExecutions(sessionId);
  expect(await next()).toMatchObject({ execution: { status: 'RUNNING' } });
  await rest.deleteSession(sessionId);
  expect((await endless).result).toMatchObject({ code: 'SESSION_NOT_FOUND' });
  expect(await server.app.db.execution.count({ where: { sessionId } })).toBe(0);
});

test('a full queue is told with when to try again', async () => {
  const small = await startTestServer({ MAX_RUNNING: '1', MAX_QUEUED: '1' }, { programs: true });
  onTestFinished(small.close);
  const input = { language: 'JAVASCRIPT' as const, code: ENDLESS };
  const answers = [];
  for (let count = 0; count < 3; count += 1)
    answers.push((await query(small.graphql, Start, { input })).result);
  expect(answers).toMatchObject([
    { execution: { status: 'QUEUED' } },
    { execution: { status: 'QUEUED' } },
    { code: 'TOO_MANY_EXECUTIONS' },
  ]);
});
