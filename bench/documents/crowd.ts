import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import { DocumentClient, lettersOf, type Target } from './client.ts';

/** A server that cannot keep up has so long to deliver the rest. */
const MOST_WAITED_MS = 20_000;

/** How a load went. */
export interface Measured {
  /** From a keystroke to a peer, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How many keystrokes came. */
  readonly received: number;
}

/** The people of each document. The first of them reads, the others type. */
export class Crowd {
  readonly #documents: readonly (readonly DocumentClient[])[];
  readonly #sent = new Map<string, number>();
  #delays: number[] = [];

  private constructor(documents: readonly (readonly DocumentClient[])[]) {
    this.#documents = documents;
    for (const [reader] of documents) {
      if (!reader) continue;
      reader.onUpdate = (update) => {
        const now = performance.now();
        lettersOf(update, (clientId, clock) => this.#arrived(`${clientId}:${clock}`, now));
      };
    }
  }

  static async gather(documents: readonly (readonly Target[])[]): Promise<Crowd> {
    const all: DocumentClient[][] = [];
    for (const people of documents) {
      all.push(await Promise.all(people.map((target) => DocumentClient.open(target))));
    }
    return new Crowd(all);
  }

  #arrived(key: string, now: number): void {
    const sent = this.#sent.get(key);
    if (sent === undefined || !this.#sent.delete(key)) return;
    this.#delays.push(now - sent);
  }

  /** Types at a steady pace, in each document in turn, and waits until all has come. */
  async type(perSecond: number, seconds: number): Promise<Measured> {
    this.#delays = [];
    const start = performance.now();
    for (let turn = 0; turn < perSecond * seconds; turn++) {
      const wait = start + (turn * 1_000) / perSecond - performance.now();
      if (wait > 0) await pause(wait);
      const people = this.#documents[turn % this.#documents.length] ?? [];
      const round = Math.floor(turn / this.#documents.length);
      const author = people[1 + (round % (people.length - 1))];
      if (!author) continue;
      const sent = performance.now();
      this.#sent.set(`${author.clientId}:${author.type()}`, sent);
    }
    for (let waited = 0; this.#sent.size > 0 && waited < MOST_WAITED_MS; waited += 50) await pause(50);
    this.#sent.clear();
    return {
      p50: quantile(this.#delays, 0.5),
      p99: quantile(this.#delays, 0.99),
      received: this.#delays.length,
    };
  }

  async leave(): Promise<void> {
    await Promise.all(this.#documents.flat().map((client) => client.close()));
  }
}
