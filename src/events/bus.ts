import type { FastifyBaseLogger } from 'fastify';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { presenceMessages } from '../presence/model.ts';

const stdinAnswer = z.enum(['written', 'closed', 'ended', 'tooMuch']);

/** What became of input for a program: taken, or why not. */
export type StdinAnswer = z.output<typeof stdinAnswer>;

const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('change'), sessionId: z.string(), seq: z.int() }),
  z.object({ kind: z.literal('cancel'), executionId: z.string() }),
  // Output from after the chunk `after` to the position `seq`, which is a chunk or the end.
  z.object({ kind: z.literal('output'), executionId: z.string(), after: z.int(), seq: z.int() }),
  z.object({
    kind: z.literal('stdin'),
    requestId: z.string(),
    executionId: z.string(),
    data: z.string(),
    end: z.boolean(),
  }),
  ...presenceMessages,
  z.object({ kind: z.literal('stdinAnswer'), requestId: z.string(), answer: stdinAnswer }),
]);

/**
 * What instances tell each other: that something is to be read or done, never the thing itself. A program's
 * input is the exception: it is stored nowhere, and so its way is answered.
 */
export type BusMessage = z.output<typeof message>;

export interface BusListener {
  onMessage(message: BusMessage): void;
  /** Messages may have been lost. */
  onGap(): void;
}

/** Carries messages between instances; it may lose, repeat and reorder them. */
export interface Bus {
  publish(message: BusMessage): void;
  listen(listener: BusListener): void;
  close(): Promise<void>;
}

/** The bus of a server that is alone. */
export const NO_BUS: Bus = { publish: () => {}, listen: () => {}, close: async () => {} };

const CHANNEL = 'codeinterview';

/** A bus over the publish and subscribe of Redis, which reconnects for as long as it takes. */
export function redisBus(url: string, log: FastifyBaseLogger): Bus {
  const publisher = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  for (const [role, client] of Object.entries({ publisher, subscriber })) {
    client.on('error', (err) =>
      log.warn({ err, role }, 'Redis cannot be reached: events of others come late'),
    );
  }
  subscriber.subscribe(CHANNEL).catch(() => {
    // Closed before it was connected.
  });
  return {
    publish: (sent) => {
      publisher.publish(CHANNEL, JSON.stringify(sent)).catch(() => {
        // The error event has told it, and the other instances find the change in the log.
      });
    },
    listen: ({ onMessage, onGap }) => {
      subscriber.on('message', (_channel, text) => {
        const received = message.safeParse(parseJson(text));
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
