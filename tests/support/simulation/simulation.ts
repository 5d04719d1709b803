import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { graphql } from '../../generated/gql.ts';
import { clientsOf } from '../api-clients.ts';
import { stopAtEnd } from '../cleanup.ts';
import { query } from '../graphql.ts';
import { Alphabet } from '../letters.ts';
import { type Random, seededRandom } from '../random.ts';
import { CROWD_SIZE, Crowd } from './crowd.ts';
import { replayLog } from './log.ts';

const SimulationAt = graphql(`
  query SimulationAt($id: ID!, $at: Int) { session(id: $id, at: $at) { code } }
`);

/** The longest time between two changes. */
const MAX_PAUSE_MS = 10;

/** Servers of one database, of which any number names one. */
export interface Servers {
  url(index: number): string;
}

/** Clients of all kinds edit one session at once. */
export class Simulation {
  readonly #servers: Servers;
  readonly #sessionId: string;
  readonly #userIds: readonly string[];
  readonly #random: Random;
  readonly #alphabet = new Alphabet();
  readonly #problems: unknown[] = [];
  #crowd: Crowd | null = null;
  #changes = 0;

  private constructor(servers: Servers, sessionId: string, userIds: readonly string[], seed: number) {
    this.#servers = servers;
    this.#sessionId = sessionId;
    this.#userIds = userIds;
    this.#random = seededRandom(seed);
  }

  static async start(servers: Servers, seed: number): Promise<Simulation> {
    const api = clientOf(servers.url(0));
    const id = (await api.createSession({ code: '' })).value?.id ?? '';
    const userIds: string[] = [];
    for (let i = 0; i < CROWD_SIZE; i++) userIds.push((await api.join(id, `User ${i}`)).value?.id ?? '');
    const simulation = new Simulation(servers, id, userIds, seed);
    await simulation.gather();
    return simulation;
  }

  /** How many changes were made. */
  get changes(): number {
    return this.#changes;
  }

  /** Lets new clients come. */
  async gather(): Promise<void> {
    const crowd = await Crowd.gather({
      sessionId: this.#sessionId,
      userIds: this.#userIds,
      random: this.#random,
      alphabet: this.#alphabet,
      url: (index) => this.#servers.url(index),
      report: (error) => this.#problems.push(error),
    });
    stopAtEnd(async () => crowd.vanish());
    this.#crowd = crowd;
  }

  /** Takes all clients away in this moment, with what nobody else has seen. */
  vanish(): void {
    this.#crowd?.vanish();
    this.#crowd = null;
  }

  /** Lets the clients make so many changes, and go on until `meanwhile` is done. */
  async run(changes: number, meanwhile: Promise<unknown> = Promise.resolve()): Promise<void> {
    const enough = this.#changes + changes;
    let isDone = false;
    const done = meanwhile.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    while (!isDone || this.#changes < enough) {
      expect(this.#problems).toEqual([]);
      this.#crowd?.step(() => {
        this.#changes += 1;
      });
      await pause(this.#random() * MAX_PAUSE_MS);
    }
    await done;
  }

  /**
   * Waits until all changes are made, and expects one text: of all clients, of all APIs and servers, and of the log.
   * Nothing is lost that nobody deleted, and nothing is there twice.
   */
  async expectOneText(servers: number): Promise<void> {
    await this.#crowd?.rest();
    const read = async () => (await clientOf(this.#servers.url(0)).getSession(this.#sessionId))?.code;
    const others = async () => {
      const code = await read();
      return this.#crowd?.texts.filter((text) => text !== code).length;
    };
    await expect.poll(others).toBe(0);
    const { text, texts, differing, deleted } = await replayLog(
      `${this.#servers.url(0)}/api/v1`,
      this.#sessionId,
    );
    expect([await read(), differing]).toEqual([text, []]);
    for (let index = 0; index < servers; index++) {
      expect(await this.#readAt(index, null)).toBe(text);
      const at = Math.ceil(this.#random() * texts.size);
      expect(await this.#readAt(index, at)).toBe(texts.get(at));
    }
    this.#alphabet.delete(deleted.get(this.#userIds[0] ?? '') ?? '');
    expect(this.#alphabet.lostFrom(text)).toEqual([]);
    expect(new Set(text).size).toBe([...text].length);
    expect(this.#problems).toEqual([]);
  }

  async #readAt(index: number, at: number | null): Promise<string | undefined> {
    const url = `${this.#servers.url(index)}/graphql`;
    return (await query(url, SimulationAt, { id: this.#sessionId, at })).session?.code;
  }
}

function clientOf(url: string) {
  return clientsOf({ api: `${url}/api/v1`, graphql: `${url}/graphql` }).REST;
}
