import type { BusTopic } from '../bus/bus.ts';
import { type Appended, appended } from '../streams/sync.ts';

/** Tells other instances that a session has a new event, and so a new state. The key is the session's id. */
export const sessionChanged: BusTopic<Appended> = { name: 'session', schema: appended };
