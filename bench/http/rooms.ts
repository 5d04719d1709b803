import { z } from 'zod';
import { NAME, type Operation, programOf, type Target } from './operations.ts';

const SEATS = 10;
/** Each with two users; several, because writers of one session take turns. */
const ROOMS = 20;

const created = z.object({ id: z.string() });
const listed = z.object({ users: z.array(z.object({ id: z.string() })) });

/** The sessions of one server that operations work on. */
export class Rooms {
  readonly #api: string;
  readonly #rooms: Target[] = [];
  /** Sessions that joins fill to the last seat and leaves empty again: every join and leave succeeds. */
  readonly #halls: string[] = [];

  constructor(url: string) {
    this.#api = `${url}/api/v1/sessions`;
  }

  async prepare(halls: number): Promise<void> {
    for (let count = 0; count < ROOMS; count += 1) this.#rooms.push(await this.newRoom());
    for (let count = 0; count < halls; count += 1) this.#halls.push(await this.#create(''));
  }

  /** A new session with two users, and the first of them. */
  async newRoom(): Promise<Target> {
    const sessionId = await this.#create('');
    const userId = await this.#create(`/${sessionId}/users`);
    await this.#create(`/${sessionId}/users`);
    return { sessionId, userId };
  }

  /** What the operation can be sent for: once each for a join and a leave, again and again for the others. */
  async targetsOf({ name }: Operation): Promise<{ targets: readonly Target[]; once: boolean }> {
    if (name === 'join') {
      const seats = Array.from({ length: SEATS }, () => this.#halls).flat();
      return { targets: seats.map((sessionId) => ({ sessionId, userId: '' })), once: true };
    }
    if (name === 'leave') return { targets: await this.#taken(), once: true };
    return { targets: this.#rooms, once: false };
  }

  /** Who sits in the halls: the first of every hall, then the second, so that neighbours do not queue. */
  async #taken(): Promise<Target[]> {
    const rows: Target[][] = Array.from({ length: SEATS }, () => []);
    for (const sessionId of this.#halls) {
      const response = await fetch(`${this.#api}/${sessionId}/users`);
      const { users } = listed.parse(await response.json());
      users.forEach(({ id: userId }, seat) => {
        rows[seat]?.push({ sessionId, userId });
      });
    }
    return rows.flat();
  }

  async #create(path: string): Promise<string> {
    const response = await fetch(this.#api + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(path === '' ? { code: programOf(0) } : { name: NAME }),
    });
    return created.parse(await response.json()).id;
  }
}
