import { busTopic } from '../bus/bus.ts';
import { appended } from '../streams/sync.ts';

/** Tells other instances that a session has a new event, and so a new state. The key is the session's id. */
export const sessionChanged = busTopic('session', appended);
