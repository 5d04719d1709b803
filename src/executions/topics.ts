import { z } from 'zod';
import type { BusTopic } from '../bus/bus.ts';
import { type Appended, appended } from '../streams/sync.ts';

const stdinAnswer = z.enum(['written', 'closed', 'ended', 'tooMuch']);

/** Whether input for a program was taken, or why not. */
export type StdinAnswer = z.output<typeof stdinAnswer>;

/** Tells that a program has printed, or has ended: the number after its last chunk. The key is the execution's id. */
export const outputAppended: BusTopic<Appended> = { name: 'output', schema: appended };

/** Asks the instance that runs an execution to end it. */
export const cancelWanted: BusTopic<{ executionId: string }> = {
  name: 'cancel',
  schema: z.object({ executionId: z.string() }),
};

const stdin = z.object({
  requestId: z.string(),
  executionId: z.string(),
  data: z.string(),
  end: z.boolean(),
});

/** A program's input itself: it is stored nowhere, and so its arrival is answered. */
export const stdinSent: BusTopic<z.output<typeof stdin>> = { name: 'stdin', schema: stdin };

export const stdinAnswered: BusTopic<{ requestId: string; answer: StdinAnswer }> = {
  name: 'stdinAnswer',
  schema: z.object({ requestId: z.string(), answer: stdinAnswer }),
};
