import { setTimeout } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';
import { isUnavailable } from './errors.ts';
import { PrismaClient } from './generated/client.ts';
import { getPrismaClientClass } from './generated/internal/class.postgresql.ts';
import { migrate } from './migrate.ts';
import { postgresqlDriver } from './postgresql.ts';
import type { DatabaseDriver } from './provider.ts';
import type { SessionStore } from './session-store.ts';
import { sqliteDriver } from './sqlite.ts';
import { MEMORY, type Provider, parseDatabaseUrl } from './url.ts';

export type Database = PrismaClient<'query'>;
export type Transaction = Parameters<Parameters<Database['$transaction']>[0]>[0];

const CLIENTS: Record<Provider, typeof PrismaClient> = {
  sqlite: PrismaClient,
  postgresql: getPrismaClientClass(),
};

/** What a start does with the migrated database before anything else. */
type Prepare = (db: Database, driver: DatabaseDriver, log: FastifyBaseLogger) => Promise<void>;

export interface OpenedDatabase {
  /** Prisma's client, for everything. */
  readonly db: Database;
  /** The hot statements, past Prisma. */
  readonly store: SessionStore;
  close(): Promise<void>;
}

/**
 * Opens the database that the config names, applies missing migrations, and runs `prepare`. Logs its SQL at level
 * `trace`. Throws when the database cannot be opened or migrated.
 */
export async function openDatabase(
  config: Config,
  log: FastifyBaseLogger,
  prepare: Prepare,
): Promise<OpenedDatabase> {
  const driver = openDriver(config, (err) => {
    log.fatal({ err }, 'The server ends, because it can store nothing');
    process.exit(1);
  });
  if (isInMemory(config))
    log.warn('DATABASE_URL names a database in memory: its data ends with this process');
  const db = createClient(driver, config, log);
  const start = async () => {
    await migrate(driver, log);
    await prepare(db, driver, log);
  };
  const close = async () => {
    await db.$disconnect();
    await driver.close();
  };
  try {
    await whenReachable(start, config.DATABASE_START_TIMEOUT, log);
    return { db, store: traced(driver.sessions, log), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createClient(driver: DatabaseDriver, config: Config, log: FastifyBaseLogger): Database {
  const traced = log.level === 'trace';
  const db = new CLIENTS[driver.provider]({
    adapter: driver.adapter,
    errorFormat: 'minimal',
    log: traced ? [{ level: 'query' as const, emit: 'event' as const }] : [],
    transactionOptions: {
      maxWait: config.DATABASE_CONNECT_TIMEOUT,
      timeout: config.DATABASE_STATEMENT_TIMEOUT,
    },
  });
  if (traced) db.$on('query', ({ query, duration }) => log.trace({ query, duration }, 'SQL'));
  return db;
}

/** Returns the store, which logs its statements at level `trace` as Prisma's client does. */
function traced(store: SessionStore, log: FastifyBaseLogger): SessionStore {
  if (log.level !== 'trace') return store;
  const trace =
    <Args extends unknown[], Result>(query: string, run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const start = performance.now();
      try {
        return await run(...args);
      } finally {
        log.trace({ query, duration: performance.now() - start }, 'SQL');
      }
    };
  return {
    isOnlyWriter: store.isOnlyWriter,
    commit: trace('commit changes of sessions', store.commit),
    load: trace('load a session', store.load),
    seqs: trace('read the numbers of sessions', store.seqs),
    events: trace('read events', store.events),
    history: trace('read the history of a session', store.history),
    codeEvents: trace('read the edits of a session', store.codeEvents),
    document: trace('read a document', store.document),
    saveSeen: trace('store who is connected', store.saveSeen),
    checkpoint: trace('store a checkpoint of a document', store.checkpoint),
  };
}

/**
 * Returns the driver of the database that the config names. Its owner closes it. When it ends unexpectedly,
 * `onLost` is called, or the process ends.
 */
export function openDriver(config: Config, onLost?: (error: Error) => void): DatabaseDriver {
  const location = parseDatabaseUrl(config.DATABASE_URL);
  if (location.provider === 'sqlite') {
    return sqliteDriver({ path: location.path, busyTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT }, onLost);
  }
  return postgresqlDriver(location.servers, {
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT,
  });
}

function isInMemory(config: Config): boolean {
  const location = parseDatabaseUrl(config.DATABASE_URL);
  return location.provider === 'sqlite' && location.path === MEMORY;
}

const START_POLL_MS = 500;
const START_LOG_MS = 5_000;

/** Tries again while the database is away, because a server and its database may be started together. */
async function whenReachable(
  attempt: () => Promise<void>,
  timeoutMs: number,
  log: FastifyBaseLogger,
): Promise<void> {
  const started = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      const waited = performance.now() - started;
      if (!isUnavailable(error) || waited >= timeoutMs) throw error;
      if (waited - told >= START_LOG_MS) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason }, 'Waiting for the database');
        told = waited;
      }
      await setTimeout(START_POLL_MS);
    }
  }
}
