import type { ServerResponse } from 'node:http';

/** Returns a signal that is aborted when the connection closes before the response was sent. */
export function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** A signal for the end of a socket. It is created when it is first asked for, because few sockets need one. */
export class LazyAbort {
  #controller: AbortController | null = null;
  #isAborted = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}
