import { type Client, createClient } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { DatabaseDriver } from './provider.ts';
import { localSessions } from './sqlite-local.ts';
import { migrationConnection } from './sqlite-migration.ts';
import { MEMORY } from './url.ts';

/** The driver of a new SQLite database in memory. Its one connection is the database, so everything shares it. */
export function memoryDriver(): DatabaseDriver {
  const client = createClient({ url: MEMORY });
  return {
    provider: 'sqlite',
    adapter: new SharedLibSql(client),
    sessions: localSessions(MEMORY),
    exclusively: (work) => work(migrationConnection(client)),
  };
}

/** Prisma's adapter on a client that is there. It lets one statement or transaction after the other use it. */
class SharedLibSql extends PrismaLibSql {
  readonly #client: Client;

  constructor(client: Client) {
    super({ url: MEMORY });
    this.#client = client;
  }

  override createClient(): Client {
    return this.#client;
  }
}
