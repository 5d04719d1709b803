import { readConfig } from '../../src/config.ts';
import type { OpenedSandbox } from '../../src/sandbox/sandbox.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { stopAtEnd } from './cleanup.ts';
import { newDatabase } from './database.ts';
import { PATIENCE_MS } from './patience.ts';

export interface TestServer extends RunningServer {
  /** The base of the REST routes. */
  readonly api: string;
  readonly graphql: string;
}

/** Stands in for a sandbox, whose start takes most of a server's, in tests that run no programs. */
const NO_SANDBOX: OpenedSandbox = {
  kind: 'embedded',
  languages: [],
  protections: [],
  failures: [],
  run: () => {
    throw new Error('This test runs no programs: startTestServer takes `programs: true`');
  },
  close: async () => {},
};

/**
 * A server of its own on a free port, with a database of its own; closing it removes both, at the end of the test
 * file at the latest. It runs programs where `programs` says so.
 */
export async function startTestServer(
  settings: NodeJS.ProcessEnv = {},
  { programs = false } = {},
): Promise<TestServer> {
  const database = await newDatabase();
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: database.url,
    LOG_LEVEL: 'error',
    SHUTDOWN_TIMEOUT: '1000',
    CONNECTION_INIT_TIMEOUT: String(PATIENCE_MS),
    ...settings,
  });
  const server = await startServer(config, programs ? {} : { sandbox: NO_SANDBOX });
  return {
    ...server,
    api: `${server.url}/api/v1`,
    graphql: `${server.url}/graphql`,
    close: stopAtEnd(async () => {
      await server.close();
      await database.remove();
    }),
  };
}
