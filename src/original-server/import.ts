import type { FastifyBaseLogger } from 'fastify';
import type { z } from 'zod';
import type { Database, Transaction } from '../database/client.ts';
import { isUnavailable } from '../database/errors.ts';
import type { DatabaseDriver } from '../database/provider.ts';
import { toRow } from '../events/event.ts';
import { MAX_USERS } from '../users/colors.ts';
import { sessionHistory } from './history.ts';
import { type OriginalUser, originalSession, originalUser } from './rows.ts';
import { findOriginalTables, type OriginalTables, type TextRow } from './tables.ts';

/** Sessions that are in memory at once. */
const PAGE = 50;
/** Reasons that the log tells. */
const MAX_REASONS = 10;
const LONGEST_MS = 60 * 60 * 1_000;

/**
 * Imports the sessions and users of the original server once, if its tables are in the database, and leaves its tables
 * as they are. One transaction: all or nothing. Where it fails, the server starts without them, and the next start
 * tries again.
 */
export async function importOriginalSessions(
  db: Database,
  driver: DatabaseDriver,
  log: FastifyBaseLogger,
): Promise<void> {
  await driver.exclusively(async (connection) => {
    const tables = await findOriginalTables(driver.provider, connection);
    if (!tables) return;
    const source = tables.sessions.name;
    if (await db.originalImport.findUnique({ where: { source } })) return;
    log.info(`Importing the sessions of the original server from its table ${source}`);
    try {
      const run = new ImportRun(tables);
      await db.$transaction((tx) => run.copy(tx), { timeout: LONGEST_MS });
      await run.report(log);
    } catch (err) {
      if (isUnavailable(err)) throw err;
      const reason = err instanceof Error ? err.message : String(err);
      log.error(
        { err },
        `The sessions of the original server could not be imported (${reason}): the next start tries again`,
      );
    }
  });
}

class ImportRun {
  readonly #tables: OriginalTables;
  readonly #problems: string[] = [];
  #sessions = 0;
  #users = 0;

  constructor(tables: OriginalTables) {
    this.#tables = tables;
  }

  async copy(tx: Transaction): Promise<void> {
    const { sessions } = this.#tables;
    let after: string | null = null;
    for (;;) {
      const page: TextRow[] = await sessions.readPage(after, PAGE);
      after = page.at(-1)?.['id'] ?? null;
      if (after === null) break;
      await this.#copyPage(tx, page);
    }
    await tx.originalImport.create({ data: { source: sessions.name, at: new Date() } });
  }

  async #copyPage(tx: Transaction, page: readonly TextRow[]): Promise<void> {
    const ids = page.flatMap(({ id }) => id ?? []);
    const present = await tx.session.findMany({ where: { id: { in: ids } }, select: { id: true } });
    const taken = new Set(present.map(({ id }) => id));
    const users = await this.#readUsers(ids);
    const histories = page.flatMap((row) => {
      if (taken.has(row['id'] ?? '')) {
        this.#problems.push(`session ${row['id']}: the id is taken`);
        return [];
      }
      const session = this.#parse(originalSession, `session ${row['id']}`, row);
      return session ? sessionHistory(session, users.get(session.id) ?? []) : [];
    });
    await tx.session.createMany({ data: histories.map(({ session: { users: _, ...session } }) => session) });
    const members = histories.flatMap(({ session }) => session.users);
    await tx.user.createMany({ data: members });
    await tx.sessionEvent.createMany({ data: histories.flatMap(({ events }) => events.map(toRow)) });
    this.#sessions += histories.length;
    this.#users += members.length;
  }

  /** The users of these sessions in order of joining. */
  async #readUsers(ids: readonly string[]): Promise<Map<string, OriginalUser[]>> {
    const rows = (await this.#tables.users?.readWhere('sessionId', ids)) ?? [];
    const users = rows.flatMap((row) => this.#parse(originalUser, `user ${row['id']}`, row) ?? []);
    const bySession = new Map<string, OriginalUser[]>();
    for (const user of users.sort((a, b) => a.joinedAt.getTime() - b.joinedAt.getTime())) {
      const { id, sessionId } = user;
      const earlier = bySession.get(sessionId) ?? [];
      if (earlier.some((other) => other.id === id)) this.#problems.push(`user ${id}: the id is taken`);
      else if (earlier.length === MAX_USERS) this.#problems.push(`user ${id}: the session is full`);
      else bySession.set(sessionId, [...earlier, user]);
    }
    return bySession;
  }

  #parse<Schema extends z.ZodType>(schema: Schema, name: string, row: TextRow): z.output<Schema> | null {
    const result = schema.safeParse(row);
    if (result.success) return result.data;
    const reasons = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    this.#problems.push(`${name}: ${reasons.join('; ')}`);
    return null;
  }

  /** Logs what was imported, and what was not. */
  async report(log: FastifyBaseLogger): Promise<void> {
    const { sessions, users } = this.#tables;
    log.info(`Imported ${this.#sessions} sessions with ${this.#users} users of the original server`);
    if (!users) log.warn('No table of users of the original server was found');
    const skippedSessions = (await sessions.count()) - this.#sessions;
    const skippedUsers = ((await users?.count()) ?? 0) - this.#users;
    if (skippedSessions + skippedUsers === 0) return;
    log.warn(
      { reasons: this.#problems.slice(0, MAX_REASONS) },
      `Of the original server, ${skippedSessions} sessions and ${skippedUsers} users do not fit and were not imported`,
    );
  }
}
