import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { yEditor } from '../support/documents.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type NetworkProxy, startProxy } from '../support/proxy.ts';
import { hasRedis } from '../support/redis.ts';
import { openSocket } from '../support/socket.ts';

const OPERATOR_KEY = 'a key of the operator, of 38 characters';
const SOCKETS = 200;
const STREAMS_OF_A_DOOR = 50;
const OUTPUTS = 20;
const DOCUMENTS = 20;

const EVENTS = 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { seq } }';
const OUTPUT = 'subscription ($id: ID!) { executionOutput(executionId: $id) { seq } }';

/** Something live of the credential. */
interface Live {
  readonly what: string;
  /** The instance that it is connected to. */
  readonly instance: number;
  /** The highest number that it was told; null where it is told none. */
  seq: number | null;
  /** What told it that it is over: a close code, or the code of an error. */
  end: string | null;
  endedAt: number | null;
}

let cluster: Cluster;
let proxy: NetworkProxy;

describe.runIf(hasRedis)('two processes, one PostgreSQL, one Redis', () => {
  beforeAll(async () => {
    cluster = await startCluster(2, {
      settings: { ACCESS: 'closed', OPERATOR_KEY, MAX_SOCKETS_PER_ADDRESS: '1000' },
      busUrl: async (url) => {
        proxy = await startProxy(url.replace('redis:', 'http:'));
        return proxy.url.replace('http:', 'redis:');
      },
    });
  });

  let sessionId: string;
  let host: string;
  let user: { id: string; token: string };
  let live: Live[];
  beforeEach(async () => {
    proxy.swallow(false);
    live = [];
    sessionId = (await rest(0, 'POST', '/sessions', OPERATOR_KEY, { code: '0', language: 'javascript' })).body
      .id;
    host = (await join('HOST')).token;
    user = await join('CANDIDATE');
  });

  async function rest(instance: number, method: string, path: string, token: string, body?: object) {
    const response = await fetch(`${cluster.url(instance)}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return {
      body: text === '' ? null : JSON.parse(text),
      seq: Number(response.headers.get('etag')?.slice(1, -1)),
    };
  }

  async function ask(query: string, token: string, variables: object = {}) {
    const response = await fetch(`${cluster.url(0)}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data.result;
  }

  async function join(role: string): Promise<{ id: string; token: string }> {
    const input = `{ sessionId: "${sessionId}", role: ${role} }`;
    const { user, token } = await ask(
      `mutation { result: createParticipant(input: ${input}) { ... on CreateParticipantPayload { user { id } token } } }`,
      OPERATOR_KEY,
    );
    return { id: user.id, token };
  }

  function watch(what: string, index: number): { entry: Live; url: string } {
    const entry: Live = { what, instance: index % 2, seq: null, end: null, endedAt: null };
    live.push(entry);
    return { entry, url: cluster.url(index) };
  }

  function over(entry: Live, end: string): void {
    entry.end ??= end;
    entry.endedAt ??= performance.now();
  }

  async function openWebSocket(index: number): Promise<void> {
    const { entry, url } = watch('WebSocket', index);
    const socket = await openSocket(`${url}/graphql`, { params: { token: user.token } });
    onTestFinished(() => socket.raw.terminate());
    socket.raw.on('close', (code) => over(entry, String(code)));
    socket.raw.on('message', (data) => {
      const { payload } = JSON.parse(String(data));
      if (payload?.data) entry.seq = payload.data.sessionEvents.seq;
    });
    socket.subscribe('1', EVENTS, { id: sessionId });
  }

  async function openStream(what: string, index: number, path: string): Promise<void> {
    const { entry, url } = watch(what, index);
    const stream = await openEventStream(url + path, { authorization: `Bearer ${user.token}` });
    onTestFinished(() => stream.stop());
    expect(stream.status).toBe(200);
    const read = async () => {
      for (let next = await stream.next(); next; next = await stream.next()) {
        const code = /ACCESS_\w+/.exec(next.data)?.[0];
        if (code) over(entry, code);
        else if (next.id !== undefined) entry.seq = Number(next.id);
      }
    };
    read()
      .catch(() => {})
      .finally(() => over(entry, 'cut'));
  }

  function openDocument(index: number): Promise<void> {
    const { entry, url } = watch('document', index);
    const editor = yEditor(url.replace('http', 'ws'), { protocols: [`bearer.${user.token}`] }, sessionId);
    editor.provider.on('closed', ({ code }: { code: number }) => over(entry, String(code)));
    editor.provider.on('connection-close', (event: { code: number } | null) =>
      over(entry, String(event?.code)),
    );
    // The program is always the number of its event.
    editor.text.observe(() => {
      entry.seq = Number(/\d+/.exec(editor.text.toString())?.[0] ?? 0);
    });
    return new Promise((resolve) => editor.provider.once('sync', () => resolve()));
  }

  /** Opens everything that the credential can have live, on both instances. */
  async function openAll(): Promise<void> {
    const start = `mutation { result: startExecution(input: { sessionId: "${sessionId}", language: JAVASCRIPT,
      code: "setInterval(() => {}, 1000)", timeoutMs: 60000 }) { ... on StartExecutionPayload { execution { id } } } }`;
    const { id } = (await ask(start, host)).execution;
    const each = (count: number, open: (index: number) => Promise<void>) =>
      Promise.all(Array.from({ length: count }, (_, index) => open(index)));
    const graphql = (query: string, variables: object) => subscriptionUrl('/graphql', query, variables);
    await each(OUTPUTS, (index) => openStream('output', index, graphql(OUTPUT, { id })));
    await each(SOCKETS, openWebSocket);
    await each(STREAMS_OF_A_DOOR, (index) =>
      openStream('events over GraphQL', index, graphql(EVENTS, { id: sessionId })),
    );
    await each(STREAMS_OF_A_DOOR, (index) =>
      openStream('events over REST', index, `/api/v1/sessions/${sessionId}/events`),
    );
    await each(DOCUMENTS, openDocument);
  }

  /** Writes over both instances until it is told to stop. Each program is the number that its event should have. */
  function writer(instances: readonly number[]) {
    let isDone = false;
    let seq = 0;
    const run = async () => {
      for (let count = 0; !isDone; count += 1) {
        const instance = instances[count % instances.length] ?? 0;
        const answer = await rest(instance, 'PATCH', `/sessions/${sessionId}`, host, {
          code: String(seq + 1),
        });
        ({ seq } = answer);
        await pause(5);
      }
    };
    const done = run();
    return {
      stop: async () => {
        isDone = true;
        await done;
        return seq;
      },
    };
  }

  /**
   * Measures what this process and the instances can do at the moment: the longest that a connection waited that has
   * nothing to do with the credential, for its answer or for its timer.
   */
  async function startPing(instances: readonly number[]) {
    let longest = 0;
    let isDone = false;
    const sockets = await Promise.all(
      instances.map((index) => openSocket(`${cluster.url(index)}/graphql`, { params: { token: host } })),
    );
    const pings = sockets.map(async ({ raw }) => {
      while (!isDone) {
        const since = performance.now();
        raw.ping();
        await once(raw, 'pong');
        await pause(20);
        longest = Math.max(longest, performance.now() - since - 20);
      }
    });
    return async () => {
      isDone = true;
      await Promise.all(pings);
      for (const { raw } of sockets) expect(raw.readyState).toBe(WebSocket.OPEN);
      for (const { raw } of sockets) raw.terminate();
      return longest;
    };
  }

  const removal = () => rest(0, 'DELETE', `/sessions/${sessionId}/users/${user.id}`, OPERATOR_KEY);

  /** Removes the user and expects the end of all that is live, on the instances that are left. */
  async function expectEnd(alive: readonly number[], afterwards: () => unknown = () => {}): Promise<void> {
    await openAll();
    const [first, ...others] = live.filter(({ end }) => end !== null);
    expect({ first, others: others.length }, 'nothing has ended before').toEqual({
      first: undefined,
      others: 0,
    });
    const writes = writer(alive);
    const told = ({ what }: Live) => !['output'].includes(what);
    await expect
      .poll(() => live.filter((entry) => told(entry) && entry.seq === null).map(({ what }) => what))
      .toEqual([]);
    const stopPing = await startPing(alive);
    await removal();
    const since = performance.now();
    afterwards();
    const left = () => live.filter(({ end }) => end === null);
    const deadline = performance.now() + PATIENCE_MS;
    while (left().length > 0 && performance.now() < deadline) await pause(10);
    const waited = await stopPing();
    await pause(200);
    const last = await writes.stop();
    expect(left().map(({ what }) => what)).toEqual([]);

    const { body } = await rest(1, 'GET', `/sessions/${sessionId}/events?after=0`, host);
    let events = body.events;
    while (!events.some(({ type }: { type: string }) => type === 'UserLeft')) {
      const path = `/sessions/${sessionId}/events?after=${events.at(-1).seq}`;
      events = (await rest(1, 'GET', path, host)).body.events;
    }
    const leftAt: number = events.find(({ type }: { type: string }) => type === 'UserLeft').seq;
    expect(last, 'the session went on').toBeGreaterThan(leftAt);
    const later = live.filter(({ seq }) => (seq ?? 0) > leftAt);
    expect(later, 'nothing of a later seq arrives').toEqual([]);

    const times = live.map(({ endedAt }) => (endedAt ?? Number.POSITIVE_INFINITY) - since);
    const slowest = Math.max(...times);
    process.stderr.write(
      `revoked: ${live.length} live, the last ended after ${Math.round(slowest)} ms; others waited ${Math.round(waited)} ms\n`,
    );
    // A machine that keeps everybody waiting keeps these waiting as well.
    expect(slowest).toBeLessThan(1_000 + waited);
    for (const { what, instance, end } of live) {
      if (!alive.includes(instance)) continue;
      const isSocket = what === 'WebSocket' || what === 'document';
      expect({ what, end }).toEqual({ what, end: isSocket ? '4401' : 'ACCESS_REVOKED' });
    }
  }

  test('all that is live ends within a second, and nothing of a later seq arrives', () => expectEnd([0, 1]));

  test('with a bus that swallows every message', async () => {
    proxy.swallow(true);
    await expectEnd([0, 1]);
  });

  test('with the instance killed that revoked, right after it answered', async () => {
    onTestFinished(() => cluster.launch(0));
    await expectEnd([1], () => cluster.kill(0));
  });

  test('with Redis stopped', async () => {
    await cluster.redis.stop();
    await expectEnd([0, 1]);
  });
});
