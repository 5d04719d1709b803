/** Stops what the current test file has started and not stopped yet, oldest first. */
const pending = new Set<() => Promise<void>>();

/**
 * Returns a function that runs `stop` once, however often it is called. Where no one calls it, for instance
 * because a hook failed, it is called at the end of the test file.
 */
export function stopAtEnd(stop: () => Promise<unknown>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  const stopOnce = () => {
    pending.delete(stopOnce);
    stopped ??= stop().then(() => {});
    return stopped;
  };
  pending.add(stopOnce);
  return stopOnce;
}

/** Stops the rest, newest first. Throws the errors of those that could not be stopped. */
export async function stopRest(): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of [...pending].reverse()) await stop().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, 'The test file could not be cleaned up');
}
