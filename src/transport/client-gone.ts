import type { ServerResponse } from 'node:http';

/** Returns a signal that is aborted when the connection closes before the response was sent. */
export function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
