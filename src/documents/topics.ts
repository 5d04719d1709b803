import { z } from 'zod';
import { busTopic } from '../bus/bus.ts';

const remoteState = z.object({
  clientId: z.int().min(0),
  clock: z.int().min(0),
  json: z.string(),
  userId: z.string(),
});

/** What clients of a document show, whose connections an instance holds: what has changed, or all of it. */
export const awarenessChanged = busTopic(
  'awareness',
  z.object({ sessionId: z.string(), states: z.array(remoteState) }),
);

/** An instance does not know what the clients of these documents show: the others tell what theirs do. */
export const awarenessAsked = busTopic('awarenessAsked', z.object({ sessionIds: z.array(z.string()) }));
