import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScratchServer, scratchPostgresql } from '../../prisma/scratch.ts';
import { graphql } from '../generated/gql.ts';
import { request } from '../support/graphql.ts';
import { type ServerProcess, spawnServer } from '../support/process.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
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

describe.runIf(hasRedis)('three processes, one PostgreSQL, one Redis', () => {
  let folder: string;
  let postgresql: ScratchServer;
  let redis: RedisServer;
  const processes: ServerProcess[] = [];
  const urls: string[] = [];

  async function launch(index: number): Promise<void> {
    const settings = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: postgresql.url,
      REDIS_URL: redis.url,
      DATABASE_CONNECT_TIMEOUT: '2000',
      SANDBOX_WAITING: '0',
    };
    const server = spawnServer(settings, folder);
    processes[index] = server;
    urls[index] = `${(await server.waitFor(/listens on (http:\/\/[^ ]+)/))[1]}/graphql`;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeinterview-faults-'));
    [postgresql, redis] = await Promise.all([scratchPostgresql(), startRedis()]);
    await Promise.all(Array.from({ length: INSTANCES }, (_, index) => launch(index)));
  }, 60_000);

  afterAll(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all([postgresql.remove(), redis.stop()]);
    await rm(folder, { recursive: true });
  }, 60_000);

  const urlAt = (index: number) => urls[index % INSTANCES] ?? '';

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

  test('whatever dies, what was acknowledged is in the log, and everybody sees the log', async () => {
    const { data } = await request(urlAt(0), NewSession, {});
    const created = data?.createSession;
    const sessionId = created && 'session' in created && created.session ? created.session.id : '';
    const writing = new AbortController();
    const following = new AbortController();
    const lists = Array.from({ length: SUBSCRIBERS }, (): Seen[] => []);
    const followers = lists.map((seen, index) => follow(sessionId, index, seen, following.signal));
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(sessionId, writer, writing.signal));
    const grown = async (by: number) => {
      const goal = Math.max(...lists.map((seen) => seen.length)) + by;
      await expect
        .poll(() => Math.max(...lists.map((seen) => seen.length)), { timeout: 30_000 })
        .toBeGreaterThan(goal);
    };

    await grown(20);
    processes[1]?.child.kill('SIGKILL');
    await grown(20);
    await launch(1);
    await grown(20);
    await redis.restart();
    await grown(20);
    await postgresql.stop();
    await postgresql.start();
    await grown(20);

    writing.abort();
    const acknowledged = (await Promise.all(writers)).flat();
    const log: Seen[] = [];
    const reading = new AbortController();
    const reader = follow(sessionId, 0, log, reading.signal);
    const newest = Math.max(...acknowledged.map(({ seq }) => seq));
    await expect.poll(() => log.at(-1)?.seq ?? 0, { timeout: 30_000 }).toBeGreaterThanOrEqual(newest);
    for (const seen of lists) {
      await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(log.length);
    }
    following.abort();
    reading.abort();
    await Promise.all([...followers, reader]);

    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(acknowledged.length).toBeGreaterThan(50);
    for (const { seq, code } of acknowledged) expect(log[seq - 1]).toEqual({ seq, code });
    for (const seen of lists) expect(seen).toEqual(log);
  }, 120_000);
});
