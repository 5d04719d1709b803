import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { Redis, ReplyError } from 'ioredis';
import { z } from 'zod';
import type { Bus } from './bus.ts';

const CHANNEL = 'codeinterview';

/** The least time between two warnings that Redis is away: a client tries again several times a second. */
const WARN_MS = 60_000;

const AWAY =
  'Redis cannot be reached or refuses, so events of others come late: see that it runs, and that REDIS_URL names it with the password that it wants';

const envelope = z.object({ topic: z.string(), message: z.unknown() });

/** Opens a bus over the publish and subscribe of Redis. It reconnects for as long as it takes. */
export function redisBus(url: string, log: FastifyBaseLogger): Bus {
  const publisher = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  const warn = rarely((err: unknown) => log.warn({ err }, AWAY));
  for (const client of [publisher, subscriber]) client.on('error', warn);
  const warnOfRefusal = (err: unknown) => {
    // Any other error is of the connection: its own event has told it, or we closed it.
    if (err instanceof ReplyError) warn(err);
  };
  const topics = new Map<string, Set<(message: unknown) => void>>();
  const from = randomUUID();
  const ownStart = JSON.stringify({ from }).slice(0, -1);
  subscriber.on('message', (_channel, text) => {
    // Redis sends an instance its own messages as well.
    if (text.startsWith(ownStart)) return;
    const { data } = envelope.safeParse(parseJson(text));
    for (const receive of (data && topics.get(data.topic)) ?? []) receive(data?.message);
  });
  subscriber.subscribe(CHANNEL).catch(warnOfRefusal);
  return {
    publish: ({ name }, message) => {
      // A lost message is healed from the database.
      publisher.publish(CHANNEL, JSON.stringify({ from, topic: name, message })).catch(warnOfRefusal);
    },
    subscribe: ({ name, schema }, listener) => {
      const receive = (message: unknown) => {
        const { data, success } = schema.safeParse(message);
        if (success) listener(data);
      };
      const receivers = topics.get(name) ?? new Set();
      topics.set(name, receivers.add(receive));
      return () => void receivers.delete(receive);
    },
    onGap: (listener) => {
      subscriber.on('ready', listener);
      return () => void subscriber.off('ready', listener);
    },
    close: () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function rarely<Value>(action: (value: Value) => void): (value: Value) => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (Date.now() - lastAt < WARN_MS) return;
    lastAt = Date.now();
    action(value);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
