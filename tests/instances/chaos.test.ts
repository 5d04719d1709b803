import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { seededRandom } from '../support/random.ts';
import { hasRedis } from '../support/redis.ts';
import { openSocket } from '../support/socket.ts';

const SEED = 20_261_125;
const INSTANCES = 3;
const WRITERS = 20;
/** What each writes at least. */
const WRITES = 6;
const SUBSCRIBERS = 200;
const CUTS = 500;

const QUERY = `subscription ($id: ID!, $after: Int) {
  sessionEvents(sessionId: $id, after: $after) { seq ... on SessionUpdated { session { code } } }
}`;

/** An event as a subscriber tells it. */
interface Seen {
  readonly seq: number;
  readonly code: string | undefined;
}

interface Connection {
  /** The next event; undefined when the connection is gone. */
  next(): Promise<Seen | undefined>;
  cut(): void;
}

type Connect = (url: string, id: string, after: number) => Promise<Connection>;

interface Event {
  seq: number;
  session?: { code: string };
}
const toSeen = ({ seq, session }: Event): Seen => ({ seq, code: seq === 1 ? undefined : session?.code });

const overSse =
  (
    open: (url: string, id: string, after: number) => Parameters<typeof openEventStream>,
    read: (data: string) => Event | undefined,
  ): Connect =>
  async (url, id, after) => {
    const stream = await openEventStream(...open(url, id, after));
    return {
      cut: stream.stop,
      next: async () => {
        const message = await stream.next().catch(() => undefined);
        const event = message?.data ? read(message.data) : undefined;
        return event && toSeen(event);
      },
    };
  };

const TRANSPORTS: Connect[] = [
  async (url, id, after) => {
    const { raw, subscribe, next } = await openSocket(`${url}/graphql`);
    raw.on('error', () => {});
    subscribe('1', QUERY, { id, after });
    return {
      cut: () => raw.terminate(),
      next: async () => {
        const message = await next();
        const { data } = (message?.payload ?? {}) as { data?: { sessionEvents: Event } };
        return message?.type === 'next' && data ? toSeen(data.sessionEvents) : undefined;
      },
    };
  },
  overSse(
    (url, id, after) => [
      // The URL that EventSource repeats, and what it adds.
      subscriptionUrl(`${url}/graphql`, QUERY, { id, after: 0 }),
      { 'last-event-id': `${after}` },
    ],
    (data) => JSON.parse(data).data?.sessionEvents,
  ),
  overSse(
    (url, id, after) => [`${url}/api/v1/sessions/${id}/events`, { 'last-event-id': `${after}` }],
    (data) => (JSON.parse(data).seq ? JSON.parse(data) : undefined),
  ),
];

describe.runIf(hasRedis)(`chaos with seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(INSTANCES);
  });

  /** One who resumes after the last event, at another instance, each time that it is cut. */
  class Subscriber {
    readonly seen: Seen[] = [];
    #connection: Connection | null = null;
    #isDone = false;
    readonly #connect: Connect;
    #instance: number;

    constructor(number: number) {
      // Half of them over WebSocket.
      this.#connect = TRANSPORTS[number % 2 === 0 ? 0 : 1 + (number % 4 === 1 ? 0 : 1)] as Connect;
      this.#instance = number;
    }

    async follow(id: string): Promise<void> {
      while (!this.#isDone) {
        this.#instance += 1;
        try {
          const after = this.seen.at(-1)?.seq ?? 0;
          this.#connection = await this.#connect(cluster.url(this.#instance), id, after);
          for (let seen = await this.#connection.next(); seen; seen = await this.#connection.next()) {
            this.seen.push(seen);
          }
        } catch {
          // The instance is away: the next is asked.
        }
        this.cut();
        if (!this.#isDone) await pause(20);
      }
    }

    cut(): void {
      this.#connection?.cut();
    }

    finish(): void {
      this.#isDone = true;
      this.cut();
    }
  }

  /** Writes until it is told to stop, and has written enough. */
  async function write(id: string, writer: number, done: AbortSignal): Promise<void> {
    let written = 0;
    for (let count = 0; !done.aborted || written < WRITES; count += 1) {
      const url = `${cluster.url(writer + count)}/api/v1/sessions/${id}`;
      const body = JSON.stringify({ code: `${writer}:${count}` });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'PATCH', headers, body }).catch(() => null);
      if (response?.ok) written += 1;
      await pause(300);
    }
  }

  async function readLog(id: string): Promise<Seen[]> {
    const log: Seen[] = [];
    for (;;) {
      const url = `${cluster.url(0)}/api/v1/sessions/${id}/events?after=${log.length}`;
      const { events }: { events: Event[] } = await (await fetch(url)).json();
      if (events.length === 0) return log;
      log.push(...events.map(toSeen));
    }
  }

  test('every subscriber sees the log, whatever is cut, restarted or killed', async () => {
    const created = await fetch(`${cluster.url(0)}/api/v1/sessions`, { method: 'POST' });
    const { id } = await created.json();
    const writing = new AbortController();
    const subscribers = Array.from({ length: SUBSCRIBERS }, (_, number) => new Subscriber(number));
    const following = subscribers.map((subscriber) => subscriber.follow(id));
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(id, writer, writing.signal));

    for (let cut = 1; cut <= CUTS; cut += 1) {
      subscribers[below(SUBSCRIBERS)]?.cut();
      if (cut === 150) await cluster.redis.restart();
      if (cut === 250) await cluster.kill(1);
      if (cut === 350) await cluster.launch(1);
      await pause(below(40));
    }
    writing.abort();
    await Promise.all(writers);

    const log = await readLog(id);
    const late = () => subscribers.filter(({ seen }) => seen.length < log.length).length;
    await expect.poll(late).toBe(0);
    for (const subscriber of subscribers) subscriber.finish();
    await Promise.all(following);
    expect(log.length).toBeGreaterThan(WRITERS * WRITES);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    for (const { seen } of subscribers) expect(seen).toEqual(log);
  }, 600_000);
});
