/** Where the data lives, as `DATABASE_URL` says. */
export interface DatabaseLocation {
  provider: 'sqlite';
  /** The file that holds the database. */
  path: string;
}

const SQLITE = /^(?:file:|sqlite:(?:\/\/\/)?)(?<path>[^?]+)/;

/**
 * Reads `file:` and `sqlite:` URLs, with SQLAlchemy's spellings: `sqlite:///./a.db` is relative and
 * `sqlite:////a.db` absolute. Throws an Error that lists the known schemes for any other.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  const path = SQLITE.exec(url)?.groups?.['path'];
  if (path === undefined) {
    throw new Error('must start with file: or sqlite: (file:./data/codeinterview.db)');
  }
  return { provider: 'sqlite', path };
}
