import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { Caller } from '../access/caller.ts';
import type { Config } from '../config.ts';

/** The protocol of a lasting connection. */
export type Transport = 'websocket' | 'sse';

/** A lasting connection of a client, for the transport that opened it. */
export interface OpenConnection {
  readonly transport: Transport;
  /** The address of the client. */
  readonly address: string;
  /**
   * Says who is behind the connection. `end` ends it for this caller; without it, the whole connection is closed. The
   * caller is behind it until the returned function is called, or until the release. Throws UserNotFoundError for a user
   * who does not exist.
   */
  identify(caller: Caller, end?: Close): Promise<() => void>;
  /** Ends it for everybody. */
  readonly close: Close;
  /** Says that it has closed. */
  release(): void;
}

/** Ends a connection. The code is that of a WebSocket's close frame. */
type Close = (code: number, reason: string) => void;

/** Called when a connection has said who is behind it. Returns a function that is called when it has closed. */
export type OnIdentified = (caller: Caller, close: Close) => Promise<() => void>;

/** Knows the lasting connections and counts what runs over them. Bounds the connections of one client address. */
export class Connections {
  readonly #maxPerAddress: number;
  readonly #isTrusted: (address: string, distance: number) => boolean;
  readonly #onIdentified: OnIdentified;
  readonly #perAddress = new Map<string, number>();
  readonly #open = new Set<OpenConnection>();
  #subscriptions = 0;

  constructor({ MAX_SOCKETS_PER_ADDRESS, TRUSTED_PROXIES }: Config, onIdentified: OnIdentified) {
    this.#maxPerAddress = MAX_SOCKETS_PER_ADDRESS;
    this.#isTrusted = proxyAddress.compile(TRUSTED_PROXIES);
    this.#onIdentified = onIdentified;
  }

  /** Registers a connection; null when its client address has as many as it may. */
  open(transport: Transport, request: IncomingMessage, close: Close): OpenConnection | null {
    const address = this.addressOf(request);
    const count = this.#perAddress.get(address) ?? 0;
    if (count >= this.#maxPerAddress) return null;
    this.#perAddress.set(address, count + 1);
    const leaves = new Set<() => void>();
    const connection: OpenConnection = {
      transport,
      address,
      close,
      identify: async (caller, end = close) => {
        const onLeft = await this.#onIdentified(caller, end);
        const leave = () => {
          if (leaves.delete(leave)) onLeft();
        };
        leaves.add(leave);
        if (!this.#open.has(connection)) leave();
        return leave;
      },
      release: () => {
        if (!this.#open.delete(connection)) return;
        for (const leave of leaves) leave();
        const left = (this.#perAddress.get(address) ?? 0) - 1;
        if (left > 0) this.#perAddress.set(address, left);
        else this.#perAddress.delete(address);
      },
    };
    this.#open.add(connection);
    return connection;
  }

  /** Returns the address of the client that a request comes from, past the trusted proxies. */
  addressOf(request: IncomingMessage): string {
    return proxyAddress(request, this.#isTrusted);
  }

  /** Closes the connections of a transport. */
  close(transport: Transport, code: number, reason: string): void {
    for (const connection of [...this.#open]) {
      if (connection.transport === transport) connection.close(code, reason);
    }
  }

  /** Counts a subscription until the returned function is called. */
  countSubscription(): () => void {
    this.#subscriptions += 1;
    let isRunning = true;
    return () => {
      if (!isRunning) return;
      isRunning = false;
      this.#subscriptions -= 1;
    };
  }

  /** How many connections of a transport are open. */
  count(transport: Transport): number {
    let count = 0;
    for (const connection of this.#open) if (connection.transport === transport) count += 1;
    return count;
  }

  /** How many subscriptions run over the connections. */
  get subscriptions(): number {
    return this.#subscriptions;
  }
}
