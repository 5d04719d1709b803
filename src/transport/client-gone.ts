import type { ServerResponse } from 'node:http';
import { memoize } from '../memoize.ts';

/**
 * Says that a client waits for nothing any more. The signal is made when it is first asked for: few need one, and each
 * takes as long as half a read from memory.
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

const goneOf = memoize((response: ServerResponse) => {
  const gone = new LazyAbort();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone;
});

/** Returns what is aborted when the client will not get what it asked for: see `giveUp`, or it has gone. */
export function clientGone(response: ServerResponse): LazyAbort {
  return goneOf(response);
}

/** Ends the work for a response, because another one is sent instead. */
export function giveUp(response: ServerResponse): void {
  goneOf(response).abort();
}
