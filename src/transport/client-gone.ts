import type { ServerResponse } from 'node:http';

/**
 * Says that a client waits for nothing any more. The signal is made when it is first asked for: few requests need one,
 * and it took a third of the time of a GraphQL read.
 */
export class LazyAbort {
  #controller: AbortController | null = null;
  #isAborted = false;

  get isAborted(): boolean {
    return this.#isAborted;
  }

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

declare module 'node:http' {
  interface ServerResponse {
    /** See `clientGone`. A WeakMap of all responses would cost a GraphQL read a tenth more. */
    gone?: LazyAbort;
  }
}

/** Returns what is aborted when the client will not get what it asked for: see `giveUp`, or it has gone. */
export function clientGone(response: ServerResponse): LazyAbort {
  if (response.gone) return response.gone;
  const gone = new LazyAbort();
  response.gone = gone;
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone;
}

/** Ends the work for a response, because another one is sent instead. */
export function giveUp(response: ServerResponse): void {
  clientGone(response).abort();
}
