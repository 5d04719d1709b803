import { type PostgresqlServers, parsePostgresqlUrl } from './postgresql-url.ts';

/** The database that `DATABASE_URL` names. */
export type DatabaseLocation =
  | { provider: 'sqlite' /** The file that holds the database, or MEMORY. */; path: string }
  | { provider: 'postgresql'; servers: PostgresqlServers };

export type Provider = DatabaseLocation['provider'];

/** SQLite's name for a database that is in memory and ends with the process. */
export const MEMORY = ':memory:';

const SQLITE = /^(?:file:|sqlite(?:\+\w+)?:(?:\/\/\/?)?)(?<path>[^?]*)/;
const SQLITE_IN_MEMORY = /^sqlite(?:\+\w+)?:\/\/\/?(?:\?|$)/;

/**
 * Reads `file:`, `sqlite:`, `postgres:` and `postgresql:` URLs, with SQLAlchemy's spellings: `sqlite:///./a.db` is
 * relative, `sqlite:////a.db` absolute, `sqlite://` in memory, and the driver in `postgresql+psycopg:` is ignored.
 * Throws an Error that lists the known schemes for any other, or says what is wrong.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  if (SQLITE_IN_MEMORY.test(url)) return { provider: 'sqlite', path: MEMORY };
  const path = SQLITE.exec(url)?.groups?.['path'];
  if (path) return { provider: 'sqlite', path };
  const servers = parsePostgresqlUrl(url);
  if (servers) return { provider: 'postgresql', servers };
  throw new Error(
    'must start with file: or sqlite: (a file), or with postgresql:// or postgres:// (a server)',
  );
}
