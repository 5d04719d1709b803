import { z } from 'zod';
import { busTopic } from '../bus/bus.ts';
import { appended } from '../streams/sync.ts';

const stdinAnswer = z.enum(['written', 'closed', 'ended', 'tooMuch']);

/** Whether input for a program was taken, or why not. */
export type StdinAnswer = z.output<typeof stdinAnswer>;

/** Tells that a program has printed, or has ended: the number after its last chunk. The key is the execution's id. */
export const outputAppended = busTopic('output', appended);

/** Asks the instance that runs an execution to end it. */
export const cancelWanted = busTopic('cancel', z.object({ executionId: z.string() }));

/** A program's input itself: it is stored nowhere, and so its arrival is answered. */
export const stdinSent = busTopic(
  'stdin',
  z.object({ requestId: z.string(), executionId: z.string(), data: z.string(), end: z.boolean() }),
);

export const stdinAnswered = busTopic(
  'stdinAnswer',
  z.object({ requestId: z.string(), answer: stdinAnswer }),
);
