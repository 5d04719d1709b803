import type { ServerResponse } from 'node:http';
import { memoize } from '../memoize.ts';

const controllerOf = memoize((response: ServerResponse) => {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller;
});

/** Returns a signal that is aborted when the client will not get what it asked for: see `giveUp`, or it has gone. */
export function clientGone(response: ServerResponse): AbortSignal {
  return controllerOf(response).signal;
}

/** Ends the work for a response, because another one is sent instead. */
export function giveUp(response: ServerResponse): void {
  controllerOf(response).abort();
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
