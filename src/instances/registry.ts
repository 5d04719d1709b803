import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { type Bus, busTopic } from '../bus/bus.ts';
import type { Database } from '../database/client.ts';

/** How long an instance counts as alive without a renewal of its lease. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
/** After so many renewals without a message from a live instance, this one warns. The lease of a dead one ends sooner. */
const MAX_UNHEARD = 4;

const UNHEARD = `Another server uses this database, and no Redis connects it with this one: its changes arrive up to \
five seconds late, and input does not reach programs that it runs. Give both the same REDIS_URL, or stop one`;

/** An instance tells the others that they share a bus. */
const instanceAlive = busTopic('instance', z.object({ id: z.string() }));

/**
 * The server processes that use this database. Each renews a lease there; the clocks of the instances must
 * agree to a few seconds.
 */
export class InstanceRegistry {
  /** The id of this instance. */
  readonly id = randomUUID();
  readonly #db: Database;
  readonly #bus: Bus;
  readonly #log: FastifyBaseLogger;
  readonly #heard = new Set<string>();
  /** How many renewals in a row saw an instance alive that was never heard. */
  #unheard = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #renewal: Promise<void> = Promise.resolve();
  /** After an outage of the database, the others get the time to renew their leases. */
  #trustedFrom = 0;
  #hasWarned = false;

  constructor(db: Database, bus: Bus, log: FastifyBaseLogger) {
    this.#db = db;
    this.#bus = bus;
    this.#log = log;
  }

  /** Takes the lease and keeps it. Throws when the database is away. */
  async start(): Promise<void> {
    this.#bus.subscribe(instanceAlive, ({ id }) => this.#heard.add(id));
    await this.#renew();
    this.#timer = setInterval(() => {
      this.#renewal = this.#renew().catch((err: unknown) => {
        this.#trustedFrom = Date.now() + LEASE_MS;
        this.#log.warn({ err }, 'The lease of this instance could not be renewed');
      });
    }, RENEW_MS);
  }

  /** Returns the ids of the instances that are alive; null while the database cannot tell. */
  async alive(): Promise<string[] | null> {
    if (Date.now() < this.#trustedFrom) return null;
    const instances = await this.#db.instance.findMany({ where: { until: { gte: new Date() } } });
    return instances.map(({ id }) => id);
  }

  /** Gives the lease up. */
  async close(): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    // A renewal in flight would take the lease again.
    await this.#renewal;
    await this.#db.instance.deleteMany({
      where: { OR: [{ id: this.id }, { until: { lt: new Date(Date.now() - LEASE_MS) } }] },
    });
  }

  async #renew(): Promise<void> {
    const { id } = this;
    const until = new Date(Date.now() + LEASE_MS);
    await this.#db.instance.upsert({ where: { id }, create: { id, until }, update: { until } });
    this.#bus.publish(instanceAlive, { id });
    if (!this.#hasWarned) this.#lookForUnheard((await this.alive()) ?? []);
  }

  #lookForUnheard(alive: readonly string[]): void {
    const unheard = alive.filter((id) => id !== this.id && !this.#heard.has(id));
    this.#unheard = new Map(unheard.map((id) => [id, (this.#unheard.get(id) ?? 0) + 1]));
    if (![...this.#unheard.values()].some((renewals) => renewals >= MAX_UNHEARD)) return;
    this.#hasWarned = true;
    this.#log.warn(UNHEARD);
  }
}
