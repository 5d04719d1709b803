/**
 * How long a test waits for an event that is bound to happen, on a machine however slow and busy. The wait ends
 * with the event, so only a failing test takes as long.
 */
export const PATIENCE_MS = 60_000;
