/** What a server has to be: any, one that may be written to, or one that is no standby. */
export type SessionAttributes = 'any' | 'read-write' | 'primary';

/** The servers that a PostgreSQL URL names. */
export interface PostgresqlServers {
  /** The ways to connect in the order of trying, each a URL that the driver takes. */
  readonly urls: readonly string[];
  readonly attributes: SessionAttributes;
}

const URL_PARTS =
  /^postgres(?:ql)?(?:\+\w+)?:\/\/(?<user>[^/?]*@)?(?<hosts>[^/?]*)(?<path>[^?]*)(?:\?(?<query>.*))?$/;

/** libpq's SSL modes, and what each tries in order, in the driver's words: its `prefer` encrypts and verifies nothing. */
const SSL_MODES: ReadonlyMap<string, readonly string[]> = new Map([
  ['disable', ['disable']],
  ['allow', ['disable', 'prefer']],
  ['prefer', ['prefer', 'disable']],
  ['require', ['require']],
  ['verify-ca', ['verify-ca']],
  ['verify-full', ['verify-full']],
  // Not of libpq, but of the driver.
  ['no-verify', ['prefer']],
]);

/**
 * Reads a URL as libpq does: several hosts, `target_session_attrs`, `sslmode` (asyncpg calls it `ssl`).
 * Returns null when it is no PostgreSQL URL. Throws an Error when it asks for what does not exist or cannot serve.
 */
export function parsePostgresqlUrl(url: string): PostgresqlServers | null {
  const { user = '', hosts = '', path = '', query = '' } = URL_PARTS.exec(url)?.groups ?? {};
  if (user + hosts + path + query === '') return null;
  const parameters = new URLSearchParams(query);
  const attributes = takeAttributes(parameters);
  const modes = takeSslModes(parameters);
  const authorities = takeHosts(parameters, hosts);
  const urls = authorities.flatMap((host) =>
    modes.map((mode) => {
      const ssl = mode === null ? [] : [`sslmode=${mode}`, 'uselibpqcompat=true'];
      const rest = [...(parameters.size > 0 ? [String(parameters)] : []), ...ssl].join('&');
      return `postgresql://${user}${host}${path}${rest === '' ? '' : `?${rest}`}`;
    }),
  );
  return { urls, attributes };
}

function take(parameters: URLSearchParams, name: string): string | null {
  const value = parameters.get(name);
  parameters.delete(name);
  return value;
}

function takeAttributes(parameters: URLSearchParams): SessionAttributes {
  const value = take(parameters, 'target_session_attrs') ?? 'any';
  if (value === 'any' || value === 'read-write' || value === 'primary') return value;
  throw new Error('must have any, read-write or primary as its target_session_attrs: this server writes');
}

function takeSslModes(parameters: URLSearchParams): readonly (string | null)[] {
  if (parameters.get('sslrootcert') === 'system') {
    // The driver would read a file of that name. Without one it knows the authorities that Node.js knows.
    for (const name of ['sslrootcert', 'sslmode']) parameters.delete(name);
    return ['verify-full'];
  }
  // asyncpg's word for it. The driver's own `ssl` has other values.
  const given = parameters.get('ssl') ?? '';
  const mode = take(parameters, 'sslmode') ?? (SSL_MODES.has(given) ? take(parameters, 'ssl') : null);
  parameters.delete('uselibpqcompat');
  if (mode === null) return [null];
  const modes = SSL_MODES.get(mode);
  if (!modes) throw new Error(`must have one of these as its sslmode: ${[...SSL_MODES.keys()].join(', ')}`);
  return modes;
}

/** The hosts with their ports as the authority of a URL. The parameters `host` and `port` win, and may be lists. */
function takeHosts(parameters: URLSearchParams, authority: string): string[] {
  const named = parameters.getAll('host').join(',');
  const hosts = (named || authority).split(',');
  if (hosts.length === 1) return [authority];
  const ports = (take(parameters, 'port') ?? '').split(',');
  parameters.delete('host');
  return hosts.map((host, index) => {
    const port = ports[index] ?? ports[0];
    // A folder of sockets.
    const name = host.startsWith('/') ? encodeURIComponent(host) : host;
    return port && !/:\d+$/.test(name) ? `${name}:${port}` : name;
  });
}
