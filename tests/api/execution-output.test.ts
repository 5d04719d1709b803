import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { NOBODY } from '../../src/access/caller.ts';
import { decideOnExecution } from '../../src/access/decide.ts';
import { followOutput } from '../../src/executions/stream.ts';
import { SourceIterable } from '../../src/streams/iterable.ts';
import { graphql } from '../generated/gql.ts';
import { type OutputView, programsAt, textOf } from '../support/executions.ts';
import { query } from '../support/graphql.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe, TRANSPORTS } from '../support/subscribe.ts';

const RunWhole = graphql(`
  mutation RunWhole($input: ExecuteCodeInput!) {
    result: executeCode(input: $input) { ... on ExecuteCodePayload { execution { id stdout stderr } } }
  }
`);

let server: TestServer;
let programs: ReturnType<typeof programsAt>;
beforeAll(async () => {
  server = await startTestServer({ MAX_RUNNING: '2' }, { programs: true });
  programs = programsAt(server.graphql);
});
afterAll(() => server.close());

/** Prints a line in one piece, then waits for one before it prints the next. */
const CONVERSATION = `
import sys
for line in ["one\\n", "two\\n"]:
    sys.stdout.write(line)
    sys.stdout.flush()
    input()`;

function numbers(chunks: readonly OutputView[]): number[] {
  return chunks.map(({ seq }) => seq);
}

async function ended(id: string): Promise<void> {
  await expect.poll(async () => (await programs.find(id))?.finishedAt).toBeTruthy();
}

describe.each(TRANSPORTS)('executionOutput over %s', (transport) => {
  test('brings each chunk while the program runs, and ends with it', async () => {
    const id = await programs.start({ language: 'PYTHON', code: CONVERSATION });
    const output = programs.follow(id, { transport });
    expect(await output.chunk()).toEqual({ seq: 1, stream: 'STDOUT', text: 'one\n' });
    expect(await programs.find(id)).toMatchObject({ status: 'RUNNING' });
    await programs.write(id, '\n');
    expect(await output.chunk()).toEqual({ seq: 2, stream: 'STDOUT', text: 'two\n' });
    await programs.write(id, '\n');
    expect(await output.next()).toBeUndefined();
    expect(await programs.find(id)).toMatchObject({ status: 'SUCCEEDED', stdout: 'one\ntwo\n' });
  });

  test('goes on after the chunk that a client has, and is the same long after the end', async () => {
    const id = await programs.start({ language: 'PYTHON', code: CONVERSATION });
    const first = programs.follow(id, { transport });
    await first.chunk();
    await first.stop();
    await programs.write(id, '\n');
    await expect.poll(() => chunkCount(id)).toBe(2);
    const resumed = programs.follow(id, { transport, after: 1 });
    expect(await resumed.chunk()).toMatchObject({ seq: 2, text: 'two\n' });
    await programs.cancel(id);
    expect(await resumed.rest()).toEqual([]);

    expect(await programs.follow(id, { transport }).rest()).toMatchObject([
      { seq: 1, text: 'one\n' },
      { seq: 2, text: 'two\n' },
    ]);
    expect(await programs.follow(id, { transport, after: 2 }).rest()).toEqual([]);
  });

  test.each([-1, 2])('after %d is outside an output of one chunk', async (after) => {
    const id = await programs.start({ language: 'PYTHON', code: 'import sys; sys.stdout.write("1")' });
    await ended(id);
    const result = await programs.follow(id, { transport, after }).next();
    expect(result).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_REQUEST', field: 'after', seq: 1 } }],
    });
  });

  test.each(['nothing', 'NOT AN ID\0'])('%j is no execution', async (id) => {
    const result = await programs.follow(id, { transport }).next();
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'EXECUTION_NOT_FOUND' } }] });
  });

  test('an output that was stored at the end alone is told in a chunk a stream', async () => {
    const { result } = await query(server.graphql, RunWhole, {
      input: { language: 'JAVASCRIPT', code: 'console.log("out"); console.error("err")' },
    });
    const id = 'execution' in result && result.execution ? result.execution.id : '';
    expect(await programs.follow(id, { transport }).rest()).toEqual([
      { seq: 1, stream: 'STDOUT', text: 'out\n' },
      { seq: 2, stream: 'STDERR', text: 'err\n' },
    ]);
    expect(await programs.follow(id, { transport, after: 1 }).rest()).toMatchObject([{ seq: 2 }]);
  });

  test('a client that leaves is listened for no longer', async () => {
    const id = await programs.start({ language: 'PYTHON', code: CONVERSATION });
    const output = programs.follow(id, { transport });
    await output.chunk();
    expect(server.app.output.broadcaster.keys.includes(id)).toBe(true);
    await output.stop();
    await expect.poll(() => server.app.output.broadcaster.keys.includes(id)).toBe(false);
    await programs.cancel(id);
  });
});

test('every chunk tells when the program printed it, now and later', async () => {
  const code = 'import time\nfor n in range(3): print(n, flush=True); time.sleep(0.1)';
  const id = await programs.start({ language: 'PYTHON', code });
  const live = await timesOf(id);
  expect(await timesOf(id)).toEqual(live);
  const execution = await programs.find(id);
  const times = [execution?.startedAt, ...live, execution?.finishedAt].map((at) => Date.parse(at ?? ''));
  expect(times.length).toBeGreaterThan(3);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

const Times = graphql(`subscription Times($id: ID!) { executionOutput(executionId: $id) { at } }`);

async function timesOf(id: string): Promise<string[]> {
  const stream = subscribe('SSE', server.graphql, Times, { id });
  onTestFinished(stream.stop);
  const times: string[] = [];
  for (let result = await stream.next(); result; result = await stream.next()) {
    times.push(result.data?.executionOutput.at ?? 'none');
  }
  return times;
}

test('output whose chunks cannot be stored is delivered when the execution is stored', async () => {
  const silent = await startTestServer({ LOG_LEVEL: 'silent' }, { programs: true });
  onTestFinished(silent.close);
  const at = programsAt(silent.graphql);
  vi.spyOn(silent.app.db.executionChunk, 'createMany').mockImplementation(() => {
    throw new Error('The disk is full');
  });
  const id = await at.start({ language: 'PYTHON', code: 'input()\nprint(1)' });
  const output = at.follow(id);
  await expect.poll(() => silent.app.connections.subscriptions).toBe(1);
  await at.write(id, '\n');
  expect(await output.rest()).toEqual([{ seq: 1, stream: 'STDOUT', text: '1\n' }]);
  expect(await at.find(id)).toMatchObject({ status: 'SUCCEEDED', stdout: '1\n' });
});

test('clients whose connection breaks are listened for no longer', async () => {
  const id = await programs.start({ language: 'PYTHON', code: CONVERSATION });
  await expect.poll(() => chunkCount(id)).toBe(1);
  const operation = `subscription { executionOutput(executionId: "${id}") { seq } }`;
  const socket = new WebSocket(server.graphql.replace('http', 'ws'), 'graphql-transport-ws');
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  socket.once('message', () =>
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: operation } })),
  );
  const abort = new AbortController();
  const response = await fetch(`${server.graphql}?query=${encodeURIComponent(operation)}`, {
    headers: { accept: 'text/event-stream' },
    signal: abort.signal,
  });
  expect(response.status).toBe(200);
  await expect.poll(() => server.app.output.broadcaster.listenerCount).toBe(2);
  // Both have what there is and wait for more.
  await server.app.output.broadcaster.drain(PATIENCE_MS);
  socket.terminate();
  abort.abort();
  await expect.poll(() => server.app.output.broadcaster.listenerCount).toBe(0);
  await programs.cancel(id);
});

function chunkCount(executionId: string): Promise<number> {
  return server.app.db.executionChunk.count({ where: { executionId } });
}

test('a waiting program is followed from before its start', async () => {
  const endless = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' } as const;
  const running = [await programs.start(endless), await programs.start(endless)];
  const waiting = await programs.start({ language: 'JAVASCRIPT', code: 'console.log("mine")', stdin: '' });
  const output = programs.follow(waiting);
  await expect.poll(() => server.app.output.broadcaster.keys.includes(waiting)).toBe(true);
  expect(await programs.find(waiting)).toMatchObject({ status: 'QUEUED' });
  for (const id of running) await programs.cancel(id);
  expect(await output.rest()).toEqual([{ seq: 1, stream: 'STDOUT', text: 'mine\n' }]);
});

test('what comes in small pieces is joined: few writes, no character lost or broken', async () => {
  const code = `
import sys, time
for n in range(300):
    sys.stdout.write("😀é%d " % n)
    sys.stdout.flush()
    sys.stderr.write("e")
    sys.stderr.flush()
    time.sleep(0.002)
print("a\\0b")`;
  const id = await programs.start({ language: 'PYTHON', code });
  const chunks = await programs.follow(id).rest();
  const expected = `${Array.from({ length: 300 }, (_, n) => `😀é${n} `).join('')}a\uFFFDb\n`;
  expect(textOf(chunks)).toBe(expected);
  expect(textOf(chunks, 'STDERR')).toBe('e'.repeat(300));
  expect(chunks.every(({ text }) => text.isWellFormed())).toBe(true);
  expect(numbers(chunks)).toEqual(chunks.map((_, index) => index + 1));
  expect(await programs.find(id)).toMatchObject({ stdout: expected, stderr: 'e'.repeat(300) });
});

test('a program that prints all the time causes few writes', async () => {
  const writes = vi.spyOn(server.app.db.executionChunk, 'createMany');
  const code = `
let n = 0;
const timer = setInterval(() => console.log(n++), 4);
process.stdin.on('data', () => clearInterval(timer));`;
  const began = performance.now();
  const id = await programs.start({ language: 'JAVASCRIPT', code });
  const output = programs.follow(id).rest();
  await expect.poll(() => writes.mock.calls.length).toBeGreaterThan(10);
  await programs.write(id, 'enough', true);
  expect(textOf(await output)).toBe((await programs.find(id))?.stdout);
  expect(writes.mock.calls.length).toBeLessThan((performance.now() - began) / 50 + 3);
  writes.mockRestore();
});

test('output beyond the limit is counted', async () => {
  const id = await programs.start({
    language: 'PYTHON',
    code: 'print("x" * 5000)',
    limits: { outputBytes: 1000 },
  });
  await ended(id);
  const execution = await programs.find(id);
  expect(execution).toMatchObject({ status: 'OUTPUT_LIMIT', truncated: true });
  expect(execution?.droppedBytes).toBeGreaterThan(0);
  expect(execution?.stdout.length).toBeLessThanOrEqual(1000);
});

test('a crowd that follows costs no SQL of its own', async () => {
  const id = await programs.start({ language: 'PYTHON', code: CONVERSATION });
  const crowd = Array.from({ length: 20 }, () => programs.follow(id));
  await Promise.all(crowd.map((output) => output.chunk()));
  const reads = vi.spyOn(server.app.db.executionChunk, 'findMany');
  await programs.write(id, '\n');
  for (const output of crowd) expect(await output.chunk()).toMatchObject({ seq: 2 });
  await programs.write(id, '\n');
  for (const output of crowd) expect(await output.next()).toBeUndefined();
  expect(reads).not.toHaveBeenCalled();
  reads.mockRestore();
});

const mayRead = (id: string) => decideOnExecution(NOBODY, 'READ', { id, owner: null }, null);

test('a subscriber that reads too slowly is ended and resumes where it was', async () => {
  const code = `
import sys, time
while True:
    for stream in (sys.stdout, sys.stderr):
        stream.write("x")
        stream.flush()
        time.sleep(0.001)`;
  const id = await programs.start({ language: 'PYTHON', code });
  const slow = new SourceIterable(await followOutput(server.app, mayRead(id), 0));
  const { value: first } = await slow.next();
  // Nothing is read while more chunks come than are held for it.
  await expect.poll(() => chunkCount(id)).toBeGreaterThan(1_010);
  await expect(drain(slow)).rejects.toMatchObject({ code: 'SLOW_CONSUMER' });
  expect(server.app.output.broadcaster.listenerCount).toBe(0);
  await programs.cancel(id);
  const resumed = await drain(
    new SourceIterable(await followOutput(server.app, mayRead(id), first?.seq ?? 0)),
  );
  expect(resumed[0]).toBe(2);
  expect(resumed.at(-1)).toBe(await chunkCount(id));
});

async function drain(stream: AsyncIterable<{ seq: number }>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of stream) seqs.push(seq);
  return seqs;
}
