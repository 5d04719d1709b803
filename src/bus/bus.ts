import type { z } from 'zod';

/** A kind of message that instances exchange: its name on the wire, and what a message must look like. */
export interface BusTopic<Message> {
  readonly name: string;
  readonly schema: z.ZodType<Message>;
}

/** Defines a topic. */
export function busTopic<Message>(name: string, schema: z.ZodType<Message>): BusTopic<Message> {
  return { name, schema };
}

/**
 * Carries messages between instances. It may lose, repeat and reorder them. The database has everything that a message
 * tells, so an instance that missed a message reads the database. No instance hears its own messages.
 */
export interface Bus {
  publish<Message>(topic: BusTopic<Message>, message: Message): void;
  /** Calls the listener for each message that fits the topic, until the returned function is called. */
  subscribe<Message>(topic: BusTopic<Message>, listener: (message: Message) => void): () => void;
  /** Calls the listener whenever messages may have been lost, until the returned function is called. */
  onGap(listener: () => void): () => void;
  close(): void;
}

/** The bus of an instance that reaches no other. */
export const NO_BUS: Bus = {
  publish: () => {},
  subscribe: () => () => {},
  onGap: () => () => {},
  close: () => {},
};
