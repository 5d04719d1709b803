import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import proxyAddress from '@fastify/proxy-addr';
import { z } from 'zod';
import { parseDatabaseUrl } from './database/url.ts';
import { SANDBOX_KINDS } from './sandbox/sandbox.ts';

const wholeNumber = z.coerce.number({ error: 'must be a whole number, without a unit' }).int();
const port = wholeNumber.min(0).max(65_535);
const positive = wholeNumber.min(1);
const MIB = 1024 * 1024;
/** What browsers send as `Origin`, and `*` for all. */
const ORIGIN = /^(\*|null|[a-z][\w+.-]*:\/\/[^/?#\s]+)$/i;

/** A folder of packages for programs, as an absolute path. */
const packageFolder = z
  .string()
  .transform((path) => resolve(path))
  .superRefine((path, check) => {
    const mistake = mistakeOfFolder(path);
    if (mistake !== null) check.addIssue({ code: 'custom', message: mistake });
  })
  .optional()
  .meta({ shownDefault: 'none' });

/** The environment variables, each with its default and its description. The README's table is made from this. */
const environment = z.object({
  HOST: z.string().min(1).default('0.0.0.0').describe('Address to listen on'),
  PORT: port.default(8000).describe('Port to listen on; 0 takes a free one'),
  DATABASE_URL: z
    .string()
    .default('file:./data/codeinterview.db')
    .superRefine((url, check) => {
      try {
        parseDatabaseUrl(url);
      } catch (error) {
        check.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      }
    })
    .describe('Where the data lives: an SQLite file (`file:`, `sqlite:`) or PostgreSQL (`postgresql://`)'),
  DATABASE_POOL_SIZE: positive.default(10).describe('Connections to PostgreSQL that one instance holds'),
  DATABASE_START_TIMEOUT: positive
    .default(30_000)
    .describe(
      'Milliseconds that a start waits for the database to come up, or for an SQLite file to be free',
    ),
  DATABASE_CONNECT_TIMEOUT: positive.default(5_000).describe('Milliseconds to wait for a connection'),
  DATABASE_STATEMENT_TIMEOUT: positive.default(10_000).describe('Milliseconds that a statement may take'),
  SESSION_CACHE_SIZE: positive
    .default(64 * 1024 * 1024)
    .describe('Bytes of memory for the sessions that were read or changed lately'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .optional()
    .describe('Redis through which servers tell each other about changes; a single server needs none')
    .meta({ shownDefault: 'none' }),
  ACCESS: z
    .enum(['open', 'closed'])
    .default('open')
    .describe(
      'Who may do what: `open` lets everybody who knows the id of a session do everything in it, `closed` asks for a credential',
    ),
  OPERATOR_KEY: z
    .string()
    .min(32, { error: 'must have at least 32 characters' })
    .optional()
    .describe('An API key with every scope, of at least 32 characters')
    .meta({ shownDefault: 'none' }),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be the URL of an OpenID provider' })
    .optional()
    .describe('The OpenID provider whose tokens create and own sessions')
    .meta({ shownDefault: 'none' }),
  OIDC_AUDIENCE: z
    .string()
    .optional()
    .describe('The audience that its tokens must be for; needed with `OIDC_ISSUER`')
    .meta({ shownDefault: 'none' }),
  OIDC_REQUIRED_CLAIM: z
    .string()
    .regex(/^[^=]+(=.+)?$/, { error: 'must be NAME or NAME=VALUE' })
    .transform((text) => {
      const [name = '', value] = text.split(/=(.*)/s);
      return { name, value: value ?? null };
    })
    .optional()
    .describe('A claim that its tokens must have: `NAME`, or `NAME=VALUE` for that value or a list with it')
    .meta({ shownDefault: 'none' }),
  CORS_ORIGINS: z
    .string()
    .default('*')
    .transform((list) => list.split(',').flatMap((origin) => origin.trim().replace(/\/$/, '') || []))
    .refine((origins) => origins.every((origin) => ORIGIN.test(origin)), {
      error: 'must be *, or origins such as https://example.com, comma-separated',
    })
    .describe(
      'Origins of pages that may call, open WebSockets and send credentials, comma-separated; `*` is every origin, without credentials',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Lowest level that is logged'),
  BODY_LIMIT: positive.default(8 * MIB).describe('Largest request body and WebSocket message, in bytes'),
  MAX_SOCKETS_PER_ADDRESS: positive
    .default(2_000)
    .describe('WebSockets and event streams that one client address may hold at once'),
  MAX_OPERATIONS_PER_SOCKET: positive
    .default(100)
    .describe('GraphQL operations that one WebSocket runs at once'),
  CONNECTION_INIT_TIMEOUT: positive
    .default(3_000)
    .describe('Milliseconds that a new WebSocket may wait before it sends `connection_init`'),
  HEARTBEAT_INTERVAL: positive
    .default(12_000)
    .describe('Milliseconds between pings; a WebSocket that has not answered one by the next is closed'),
  OFFLINE_USER_TIMEOUT: wholeNumber
    .min(0)
    .default(0)
    .describe('Milliseconds without a connection after which a user is removed; 0 removes nobody'),
  TRUSTED_PROXIES: z
    .string()
    .default('loopback')
    .transform((list) => list.split(',').map((address) => address.trim()))
    .superRefine((list, check) => {
      try {
        proxyAddress.compile(list);
      } catch {
        check.addIssue({ code: 'custom', message: 'must be addresses, networks or names of networks' });
      }
    })
    .describe(
      'Proxies whose `X-Forwarded-For` is believed, comma-separated: addresses, networks, `loopback`, `uniquelocal`',
    ),
  GRAPHQL_BATCH_LIMIT: positive
    .default(1)
    .describe('Operations that one GraphQL request may carry over HTTP; 1 allows no batches'),
  GRAPHQL_INTROSPECTION: z
    .stringbool()
    .default(true)
    .describe('Whether clients may read the GraphQL schema from the server, as GraphiQL does'),
  MAX_RUNNING: positive
    .default(availableParallelism)
    .describe('Programs that run at once')
    .meta({ shownDefault: 'one a core' }),
  MAX_QUEUED: positive.default(100).describe('Programs that may wait for their turn'),
  SANDBOX: z
    .enum(['auto', ...SANDBOX_KINDS])
    .default('auto')
    .describe(
      'Which sandbox encloses programs: `bubblewrap`, `embedded`, or `auto` for the strongest that works',
    ),
  PYTHON_PACKAGES: packageFolder.describe(
    'Folder of packages that Python programs may import, such as the `site-packages` of a venv (`bubblewrap` only)',
  ),
  NODE_PACKAGES: packageFolder.describe(
    'The `node_modules` whose packages JavaScript and TypeScript programs may import (`bubblewrap` only)',
  ),
  MEMORY_LIMIT: positive.default(256 * MIB).describe('Memory of one program, in bytes'),
  OUTPUT_LIMIT: positive.default(MIB).describe('Output of one program, in bytes'),
  CPU_LIMIT: positive.default(10_000).describe('Processor time of one program, in milliseconds'),
  PROCESS_LIMIT: positive.default(64).describe('Processes and threads of one program at once'),
  SANDBOX_WAITING: wholeNumber
    .min(0)
    .default(1)
    .describe('Idle processes that each runtime keeps ready for a program'),
  SANDBOX_WAITING_MEMORY: positive
    .default(256 * MIB)
    .describe(
      'Memory that waiting processes may hold, in bytes (CPython 10 MB, Node 12 MB, Deno 15 MB, Pyodide 106 MB each)',
    ),
  SHUTDOWN_TIMEOUT: positive
    .default(5_000)
    .describe(
      'Milliseconds that a shutdown gives requests in flight before it cuts them off; programs get half of it',
    ),
});

export const SETTINGS = environment.shape;

// With `when`, zod checks these also where other settings have mistakes.
const settings = environment
  .refine(({ OIDC_ISSUER, OIDC_AUDIENCE }) => !OIDC_ISSUER || OIDC_AUDIENCE, {
    path: ['OIDC_AUDIENCE'],
    error: 'must be given with OIDC_ISSUER',
    when: () => true,
  })
  .refine(({ OIDC_ISSUER, OIDC_AUDIENCE }) => OIDC_ISSUER || !OIDC_AUDIENCE, {
    path: ['OIDC_ISSUER'],
    error: 'must be given with OIDC_AUDIENCE',
    when: () => true,
  });

export type Config = z.output<typeof environment>;

/** Settings do not fit. The message lists every mistake. */
export class ConfigError extends Error {}

/** Returns the validated settings, defaults filled in. Throws ConfigError. An empty variable counts as unset. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = settings.safeParse(given);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`These settings do not fit:\n${mistakes.join('\n')}`);
}

/** Returns why programs could not read this folder; null when they can. */
function mistakeOfFolder(path: string): string | null {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return `${path} is no folder`;
  // Programs run as other users where the server is root.
  if (process.getuid?.() !== 0) return null;
  const closed = ancestors(path).find((each) => (statSync(each).mode & 0o001) === 0);
  return closed === undefined ? null : `${closed} is closed to other users, who run the programs`;
}

/** Returns the path and every folder above it. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestors(parent)];
}
