import pg from 'pg';
import { ReadOnlyError } from './errors.ts';
import type { SessionAttributes } from './postgresql-url.ts';

type Server = pg.ClientConfig;

const CHECKS: Record<Exclude<SessionAttributes, 'any'>, string> = {
  'read-write': "SELECT current_setting('transaction_read_only') = 'off' AS fits",
  primary: 'SELECT NOT pg_is_in_recovery() AS fits',
};

/** Connects to the first of the servers that lets us in and fits. Throws the errors of all when none does. */
export async function connectFirst(
  servers: readonly Server[],
  attributes: SessionAttributes,
): Promise<{ client: pg.Client; server: Server }> {
  const errors: unknown[] = [];
  for (const server of servers) {
    try {
      return { client: await connect(server, attributes), server };
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new AggregateError(errors, [...new Set(messages)].join('; '));
}

async function connect(server: Server, attributes: SessionAttributes): Promise<pg.Client> {
  const client = new pg.Client(server);
  // A lost connection fails the query, and would also end the process if nobody listened.
  client.on('error', () => {});
  await client.connect();
  try {
    await check(client, attributes);
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Throws ReadOnlyError when the server of the connection does not fit. */
async function check(client: pg.ClientBase, attributes: SessionAttributes): Promise<void> {
  if (attributes === 'any') return;
  const { rows } = await client.query<{ fits: boolean }>(CHECKS[attributes]);
  if (!rows[0]?.fits) throw new ReadOnlyError(`the server is not ${attributes}`);
}

/**
 * A pool whose connections go to the first of several servers that fits. It keeps to that one until a connection
 * fails: the next one looks for a server again.
 */
export class FirstServerPool extends pg.Pool {
  readonly #servers: readonly Server[];
  readonly #attributes: SessionAttributes;
  #chosen: Promise<void> | null = null;

  constructor(options: pg.PoolConfig, servers: readonly Server[], attributes: SessionAttributes) {
    super({ ...options, onConnect: (client) => check(client, attributes) });
    const { query_timeout = 0 } = options;
    this.#servers = servers.map((server) => ({ ...server, query_timeout }));
    this.#attributes = attributes;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    const connecting = this.#connect();
    if (!callback) return connecting;
    connecting.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error) => callback(error, undefined, () => {}),
    );
  }

  async #connect(): Promise<pg.PoolClient> {
    this.#chosen ??= this.#choose();
    try {
      await this.#chosen;
      return await super.connect();
    } catch (error) {
      this.#chosen = null;
      throw error;
    }
  }

  async #choose(): Promise<void> {
    const { client, server } = await connectFirst(this.#servers, this.#attributes);
    await client.end();
    // The pool makes its next connections by them.
    Object.assign(this.options, server);
  }
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (error?: Error | boolean) => void,
) => void;
