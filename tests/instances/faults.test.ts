import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { request } from '../support/graphql.ts';
import { hasRedis } from '../support/redis.ts';
import { subscribe, type Transport } from '../support/subscribe.ts';

const WriteCode = graphql(`
  mutation WriteCode($input: UpdateSessionInput!) {
    updateSession(input: $input) { ... on UpdateSessionPayload { session { seq code } } }
  }
`);

const NewSession = graphql(`
  mutation NewSession { createSession { ... on CreateSessionPayload { session { id } } } }
`);

const CodeEvents = graphql(`
  subscription CodeEvents($sessionId: ID!, $after: Int) {
    sessionEvents(sessionId: $sessionId, after: $after) {
      seq
      ... on SessionUpdated { session { code } }
    }
  }
`);

interface Seen {
  seq: number;
  code: string | null;
}

const INSTANCES = 3;
const WRITERS = 6;
const SUBSCRIBERS = 9;
const OTHER_SESSIONS = 4;

describe.runIf(hasRedis)('three processes, one PostgreSQL, one Redis', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(INSTANCES);
  });

  const urlAt = (index: number) => `${cluster.url(index)}/graphql`;

  /** Writes over and over, to another instance each time; answers what was acknowledged. */
  async function write(sessionId: string, writer: number, done: AbortSignal): Promise<Seen[]> {
    const acknowledged: Seen[] = [];
    for (let count = 0; !done.aborted; count += 1) {
      const input = { id: sessionId, code: `${writer}:${count}` };
      const answer = await request(urlAt(writer + count), WriteCode, { input }).catch(() => null);
      const result = answer?.data?.updateSession;
      if (result && 'session' in result && result.session) acknowledged.push(result.session);
      else await pause(50);
    }
    return acknowledged;
  }

  /** Follows the log as a client does: resumes after the last event, at another instance, however often it is cut. */
  async function follow(sessionId: string, index: number, seen: Seen[], done: AbortSignal): Promise<void> {
    const transport: Transport = index % 2 === 0 ? 'WebSocket' : 'SSE';
    for (let attempt = index; !done.aborted; attempt += 1) {
      const after = seen.at(-1)?.seq ?? 0;
      const stream = subscribe(transport, urlAt(attempt), CodeEvents, { sessionId, after });
      const stop = () => void stream.stop().catch(() => {});
      done.addEventListener('abort', stop);
      try {
        for (let result = await stream.next(); result?.data; result = await stream.next()) {
          const event = result.data.sessionEvents;
          seen.push({ seq: event.seq, code: 'session' in event ? event.session.code : null });
        }
      } catch {
        // Cut: the next attempt resumes.
      }
      done.removeEventListener('abort', stop);
      stop();
      if (!done.aborted) await pause(50);
    }
  }

  async function newSession(): Promise<string> {
    const { data } = await request(urlAt(0), NewSession, {});
    const created = data?.createSession;
    return created && 'session' in created && created.session ? created.session.id : '';
  }

  /** Reads the log of a session up to the newest event that was acknowledged, or further. */
  async function readLog(sessionId: string, newest: number): Promise<Seen[]> {
    const log: Seen[] = [];
    const reading = new AbortController();
    const reader = follow(sessionId, 0, log, reading.signal);
    await expect.poll(() => log.at(-1)?.seq ?? 0).toBeGreaterThanOrEqual(newest);
    reading.abort();
    await reader;
    return log;
  }

  test('whatever dies, what was acknowledged is in the log, and everybody sees the log', async () => {
    const sessionId = await newSession();
    const writing = new AbortController();
    const following = new AbortController();
    const lists = Array.from({ length: SUBSCRIBERS }, (): Seen[] => []);
    const followers = lists.map((seen, index) => follow(sessionId, index, seen, following.signal));
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(sessionId, writer, writing.signal));
    // Other sessions, so that groups of changes are in flight.
    const others = new Map<string, Promise<Seen[]>[]>();
    for (let count = 0; count < OTHER_SESSIONS; count += 1) {
      const id = await newSession();
      others.set(
        id,
        [0, 1].map((writer) => write(id, writer, writing.signal)),
      );
    }
    const grown = async (by: number) => {
      const goal = Math.max(...lists.map((seen) => seen.length)) + by;
      await expect.poll(() => Math.max(...lists.map((seen) => seen.length))).toBeGreaterThan(goal);
    };

    await grown(20);
    await cluster.kill(1);
    await grown(20);
    await cluster.launch(1);
    await grown(20);
    await cluster.redis.restart();
    await grown(20);
    await cluster.postgresql.stop();
    await cluster.postgresql.start();
    await grown(20);

    writing.abort();
    const acknowledged = (await Promise.all(writers)).flat();
    const log: Seen[] = [];
    const reading = new AbortController();
    const reader = follow(sessionId, 0, log, reading.signal);
    const newest = Math.max(...acknowledged.map(({ seq }) => seq));
    await expect.poll(() => log.at(-1)?.seq ?? 0).toBeGreaterThanOrEqual(newest);
    for (const seen of lists) {
      await expect.poll(() => seen.length).toBeGreaterThanOrEqual(log.length);
    }
    following.abort();
    reading.abort();
    await Promise.all([...followers, reader]);

    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(acknowledged.length).toBeGreaterThan(50);
    for (const { seq, code } of acknowledged) expect(log[seq - 1]).toEqual({ seq, code });
    for (const seen of lists) expect(seen).toEqual(log);

    for (const [id, its] of others) {
      const stored = (await Promise.all(its)).flat();
      expect(stored.length).toBeGreaterThan(0);
      const itsLog = await readLog(id, Math.max(...stored.map(({ seq }) => seq)));
      expect(itsLog.map(({ seq }) => seq)).toEqual(itsLog.map((_, index) => index + 1));
      for (const { seq, code } of stored) expect(itsLog[seq - 1]).toEqual({ seq, code });
    }
  }, 600_000);
});
