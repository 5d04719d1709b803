import type { FastifyBaseLogger } from 'fastify';
import { Redis, ReplyError } from 'ioredis';
import { type Bus, busMessage } from './bus.ts';

const CHANNEL = 'codeinterview';

/** How often it is said at most that Redis is away: a client tries again several times a second. */
const WARN_MS = 60_000;

const AWAY =
  'Redis cannot be reached or refuses, so events of others come late: see that it runs, and that REDIS_URL names it with the password that it wants';

/** A bus over the publish and subscribe of Redis, which reconnects for as long as it takes. */
export function redisBus(url: string, log: FastifyBaseLogger): Bus {
  const publisher = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  const warn = warnings(log);
  for (const client of [publisher, subscriber]) client.on('error', warn);
  const warnOfRefusal = (err: unknown) => {
    // Any other error is of the connection: its own event has told it, or it was closed by us.
    if (err instanceof ReplyError) warn(err);
  };
  subscriber.subscribe(CHANNEL).catch(warnOfRefusal);
  return {
    publish: (sent) => {
      // What is lost the other instances find in the log.
      publisher.publish(CHANNEL, JSON.stringify(sent)).catch(warnOfRefusal);
    },
    listen: ({ onMessage, onGap }) => {
      subscriber.on('message', (_channel, text) => {
        const received = busMessage.safeParse(parseJson(text));
        if (received.success) onMessage(received.data);
      });
      subscriber.on('ready', onGap);
    },
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function warnings(log: FastifyBaseLogger): (err: unknown) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (err) => {
    if (Date.now() - warnedAt < WARN_MS) return;
    warnedAt = Date.now();
    log.warn({ err }, AWAY);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
