import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { Config } from '../config.ts';

/** What a lasting connection speaks. */
export type Transport = 'websocket' | 'sse';

/** Counts the lasting connections and what runs over them, and bounds those of one client address. */
export class Connections {
  readonly #maxPerAddress: number;
  readonly #isTrusted: (address: string, distance: number) => boolean;
  readonly #perAddress = new Map<string, number>();
  readonly #sockets: Record<Transport, number> = { websocket: 0, sse: 0 };
  #subscriptions = 0;

  constructor({ MAX_SOCKETS_PER_ADDRESS, TRUSTED_PROXIES }: Config) {
    this.#maxPerAddress = MAX_SOCKETS_PER_ADDRESS;
    this.#isTrusted = proxyAddress.compile(TRUSTED_PROXIES);
  }

  /** Counts a connection until the returned function is called; null when its address has as many as it may. */
  open(transport: Transport, request: IncomingMessage): (() => void) | null {
    const address = proxyAddress(request, this.#isTrusted);
    const count = this.#perAddress.get(address) ?? 0;
    if (count >= this.#maxPerAddress) return null;
    this.#perAddress.set(address, count + 1);
    this.#sockets[transport] += 1;
    return once(() => {
      this.#sockets[transport] -= 1;
      const left = (this.#perAddress.get(address) ?? 0) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
  }

  /** Counts a subscription until the returned function is called. */
  subscribe(): () => void {
    this.#subscriptions += 1;
    return once(() => {
      this.#subscriptions -= 1;
    });
  }

  /** The lasting connections of each transport. */
  get sockets(): Readonly<Record<Transport, number>> {
    return this.#sockets;
  }

  /** The subscriptions that run over them. */
  get subscriptions(): number {
    return this.#subscriptions;
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
