import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket, type Socket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

const SLOW = `mutation { executeCode(input: { language: PYTHON, code: "import time; time.sleep(0.5)" }) { __typename } }`;
const EVENTS = 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { seq } }';
const LIVE = '{ health { live { webSockets subscriptions listeners } } }';

const created = z.object({ id: z.string() });

async function newSession(): Promise<string> {
  return created.parse(await (await fetch(`${server.api}/sessions`, { method: 'POST' })).json()).id;
}

async function change(id: string, code: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${server.api}/sessions/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ code }) });
}

async function open(): Promise<Socket> {
  const socket = await openSocket(server.graphql);
  onTestFinished(() => socket.raw.terminate());
  return socket;
}

async function expectLive(live: object): Promise<void> {
  const read = async () => {
    const body = JSON.stringify({ query: LIVE });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(server.graphql, { method: 'POST', headers, body })).json();
  };
  await expect.poll(read).toMatchObject({ data: { health: { live } } });
}

const event = (seq: number) => ({ type: 'next', id: '1', payload: { data: { sessionEvents: { seq } } } });

test('a subscription with the id of a completed mutation that runs on gets its own results alone, and ends', async () => {
  const id = await newSession();
  const socket = await open();
  socket.subscribe('1', SLOW);
  socket.send({ type: 'complete', id: '1' });
  socket.subscribe('1', EVENTS, { id });
  await expect.poll(() => server.app.db.execution.count()).toBe(1);
  await expectLive({ subscriptions: 1 });
  await change(id, 'a');
  expect(await socket.next()).toEqual(event(2));

  socket.send({ type: 'complete', id: '1' });
  await expectLive({ subscriptions: 0, listeners: 0 });
  await change(id, 'b');
  socket.subscribe('2', '{ health { status } }');
  expect(await socket.next()).toMatchObject({ type: 'next', id: '2' });
});

test('subscriptions that were completed before they began give nothing to the next one of their id', async () => {
  const id = await newSession();
  const socket = await open();
  for (let count = 0; count < 20; count += 1) {
    socket.subscribe('1', EVENTS, { id });
    socket.send({ type: 'complete', id: '1' });
  }
  socket.subscribe('1', EVENTS, { id });
  await expectLive({ subscriptions: 1, listeners: 1 });
  for (const seq of [2, 3]) {
    await change(id, String(seq));
    expect(await socket.next()).toEqual(event(seq));
  }
  socket.raw.close();
  await expectLive({ webSockets: 0, subscriptions: 0, listeners: 0 });
});

test('an id that is in use cannot be used again, and the reason has the id as the client gave it', async () => {
  const id = await newSession();
  const socket = await open();
  const reason = new Promise((resolve) => {
    socket.raw.on('close', (_code, text) => resolve(String(text)));
  });
  socket.subscribe('7:"1', EVENTS, { id });
  socket.subscribe('7:"1', EVENTS, { id });
  expect(await socket.closed).toBe(4409);
  expect(await reason).toBe('Subscriber for 7:"1 already exists');
  await expectLive({ webSockets: 0, subscriptions: 0, listeners: 0 });
});
