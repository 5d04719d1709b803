import type { Alphabet } from '../letters.ts';
import { type NetworkProxy, startProxy } from '../proxy.ts';
import type { Random } from '../random.ts';
import type { SimulatedClient, Surroundings } from './client.ts';
import { hocuspocusClient, yWebSocketClient } from './editors.ts';
import { mergingClient } from './merging-client.ts';
import { graphqlClient, restClient, wholeTextClient } from './thin-clients.ts';

const CUTS = 0.02;
/** Whole texts without a base delete what others type meanwhile, so they are rare. */
const OVERWRITES = 0.005;

const KINDS: readonly ((around: Surroundings) => SimulatedClient | Promise<SimulatedClient>)[] = [
  // The first one overwrites.
  (around) => wholeTextClient(around, { isBased: false }),
  yWebSocketClient,
  yWebSocketClient,
  hocuspocusClient,
  hocuspocusClient,
  graphqlClient,
  graphqlClient,
  restClient,
  mergingClient,
  (around) => wholeTextClient(around, { isBased: true }),
];

export const CROWD_SIZE = KINDS.length;

export interface CrowdOptions {
  readonly sessionId: string;
  /** CROWD_SIZE of them. The first one overwrites. */
  readonly userIds: readonly string[];
  readonly random: Random;
  readonly alphabet: Alphabet;
  /** The URL of a server, which any number names. */
  url(index: number): string;
  /** Takes an error that fails the simulation. */
  report(error: unknown): void;
}

/** Clients of all kinds that edit one session at once, each through a proxy that is cut now and then. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #gone = new AbortController();
  readonly #proxies: NetworkProxy[] = [];
  readonly #clients: SimulatedClient[] = [];
  readonly #acting = new Map<SimulatedClient, Promise<void>>();

  private constructor(options: CrowdOptions) {
    this.#options = options;
  }

  static async gather(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options);
    for (const [i, kind] of KINDS.entries()) {
      crowd.#clients.push(await kind(await crowd.#surroundings(i)));
    }
    return crowd;
  }

  async #surroundings(index: number): Promise<Surroundings> {
    const { url, report, userIds, ...rest } = this.#options;
    let next = index;
    const proxy = await startProxy(() => url(next++));
    this.#proxies.push(proxy);
    const { signal } = this.#gone;
    const reportWhileHere = (error: unknown) => void (signal.aborted || report(error));
    return { ...rest, userId: userIds[index] ?? '', proxy, signal, report: reportWhileHere };
  }

  /** Lets somebody act, unless it acts already, or cuts its connections. `onDone` is called when a change is made. */
  step(onDone: () => void): void {
    const { random, report } = this.#options;
    const index = random() < OVERWRITES ? 0 : 1 + Math.floor(random() * (CROWD_SIZE - 1));
    if (random() < CUTS) this.#proxies[index]?.cut();
    const client = this.#clients[index];
    if (!client || this.#acting.has(client)) return;
    const acting = client
      .act()
      .then(onDone, (error: unknown) => void (this.#gone.signal.aborted || report(error)))
      .then(() => void this.#acting.delete(client));
    this.#acting.set(client, acting);
  }

  /** Resolves when all changes are made. */
  async rest(): Promise<void> {
    await Promise.all(this.#acting.values());
  }

  /** The texts that are shown. */
  get texts(): string[] {
    return this.#clients.map((client) => client.text()).filter((text) => text !== null);
  }

  /** Everybody vanishes in this moment, with what nobody else has seen. */
  vanish(): void {
    const shown = this.#clients.map((client) => ({ client, letters: new Set(client.text()) }));
    for (const { client: author } of shown) {
      const isSeen = (letter: string) =>
        shown.some(({ client, letters }) => client !== author && letters.has(letter));
      this.#options.alphabet.forget([...author.own].filter((letter) => !isSeen(letter)));
    }
    this.#gone.abort();
    for (const proxy of this.#proxies) proxy.close();
  }
}
