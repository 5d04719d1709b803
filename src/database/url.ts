/** The database that `DATABASE_URL` names. */
export type DatabaseLocation =
  | { provider: 'sqlite' /** The file that holds the database. */; path: string }
  | { provider: 'postgresql' /** As the driver takes it. */; url: string };

export type Provider = DatabaseLocation['provider'];

const SQLITE = /^(?:file:|sqlite:(?:\/\/\/)?)(?<path>[^?]+)/;
const POSTGRESQL = /^postgres(?:ql)?(?:\+\w+)?:\/\/(?<rest>.+)/;

/**
 * Reads `file:`, `sqlite:`, `postgres:` and `postgresql:` URLs, with SQLAlchemy's spellings: `sqlite:///./a.db`
 * is relative, `sqlite:////a.db` absolute, and the driver in `postgresql+psycopg:` is ignored.
 * Throws an Error that lists the known schemes for any other.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  const path = SQLITE.exec(url)?.groups?.['path'];
  if (path !== undefined) return { provider: 'sqlite', path };
  const rest = POSTGRESQL.exec(url)?.groups?.['rest'];
  if (rest !== undefined) return { provider: 'postgresql', url: `postgresql://${rest}` };
  throw new Error(
    'must start with file: or sqlite: (a file), or with postgresql:// or postgres:// (a server)',
  );
}
