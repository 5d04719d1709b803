import { z } from 'zod';
import { presenceMessages } from '../presence/model.ts';

const stdinAnswer = z.enum(['written', 'closed', 'ended', 'tooMuch']);

/** What became of input for a program: taken, or why not. */
export type StdinAnswer = z.output<typeof stdinAnswer>;

export const busMessage = z.discriminatedUnion('kind', [
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
export type BusMessage = z.output<typeof busMessage>;

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
