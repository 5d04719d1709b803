import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readGauges } from '../../src/observability/service.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';
import { subscribe } from '../support/subscribe.ts';

const Codes = graphql(`
  subscription Codes($id: ID!, $after: Int) {
    sessionEvents(sessionId: $id, after: $after) { seq ... on SessionUpdated { session { code } } }
  }
`);
const Newest = graphql(`subscription Newest($id: ID!) { session(id: $id) { seq code } }`);

/** More than the buffers of a connection and the server's own hold together. */
const EVENTS = 120;
const CODE = 'x'.repeat(250_000);

interface Reader {
  /** Reads nothing until it is told to. */
  next(): Promise<{ seq?: number; code?: string } | undefined>;
  stop(): void;
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function overWebSocket(query: string, variables: object): Promise<Reader> {
  const { raw, subscribe: send, next } = await openSocket(server.graphql);
  send('1', query, variables);
  await expect.poll(() => server.app.connections.subscriptions).toBeGreaterThan(0);
  raw.pause();
  let resumed = false;
  return {
    next: async () => {
      if (!resumed) raw.resume();
      resumed = true;
      const message = await next();
      return message?.type === 'next' ? toSeen(message.payload) : undefined;
    },
    stop: () => raw.terminate(),
  };
}

async function overSse(url: string): Promise<Reader> {
  const stream = await openEventStream(url);
  return {
    next: async () => {
      const message = await stream.next();
      return message?.data ? toSeen(JSON.parse(message.data)) : undefined;
    },
    stop: stream.stop,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of three shapes
function toSeen(payload: any): { seq?: number; code?: string } {
  const failure = payload.errors?.[0]?.extensions?.code ?? payload.error;
  const event = payload.data?.sessionEvents ?? payload.data?.session ?? payload;
  return failure ? { code: failure } : { seq: event.seq };
}

const EVENT_READERS = {
  WebSocket: (id: string, after: number) => overWebSocket(Codes.toString(), { id, after }),
  'GraphQL over SSE': (id: string, after: number) =>
    overSse(subscriptionUrl(server.graphql, Codes.toString(), { id, after })),
  'REST over SSE': (id: string, after: number) =>
    overSse(`${server.api}/sessions/${id}/events?after=${after}`),
};

async function writeMuch(id: string, from = 0): Promise<void> {
  for (let n = from; n < from + EVENTS; n += 1) {
    await clientsOf(server).REST.updateSession(id, { code: `${n}${CODE}` });
  }
}

const newSession = async () => (await clientsOf(server).REST.createSession()).value?.id ?? '';

describe.each(Object.entries(EVENT_READERS))('a reader of events that stops reading: %s', (_, open) => {
  test('is told SLOW_CONSUMER, resumes to the whole log, and costs the others nothing', async () => {
    const id = await newSession();
    const slow = await open(id, 0);
    onTestFinished(slow.stop);
    const quick = subscribe('WebSocket', server.graphql, Codes, { id, after: 1 });
    onTestFinished(quick.stop);
    const watching = (async () => {
      for (let seq = 2; seq <= EVENTS + 1; seq += 1) {
        expect((await quick.data()).sessionEvents.seq).toBe(seq);
      }
    })();
    await Promise.all([writeMuch(id), watching]);
    await expect.poll(() => readGauges(server.app).listeners).toBe(1);

    const seen: number[] = [];
    let ended = await slow.next();
    for (; ended?.seq !== undefined; ended = await slow.next()) seen.push(ended.seq);
    expect(ended).toEqual({ code: 'SLOW_CONSUMER' });
    expect(await slow.next()).toBeUndefined();
    expect(seen.length).toBeLessThan(EVENTS - 10);

    const resumed = await open(id, seen.at(-1) ?? 0);
    onTestFinished(resumed.stop);
    while (seen.length < EVENTS + 1) seen.push((await resumed.next())?.seq ?? Number.NaN);
    expect(seen).toEqual(Array.from({ length: EVENTS + 1 }, (_, n) => n + 1));
  });
});

describe.each(['WebSocket', 'SSE'])('a reader of states that stops reading: over %s', (transport) => {
  test('skips what is old by the time it reads, and ends with the newest', async () => {
    const id = await newSession();
    const reader = await (transport === 'SSE'
      ? overSse(subscriptionUrl(server.graphql, Newest.toString(), { id }))
      : overWebSocket(Newest.toString(), { id }));
    onTestFinished(reader.stop);
    await writeMuch(id);
    const seen: number[] = [];
    while (seen.at(-1) !== EVENTS + 1) seen.push((await reader.next())?.seq ?? Number.NaN);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.length).toBeLessThan(EVENTS - 10);
  });
});
