import { readConfig } from '../../src/config.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { newDatabase } from './database.ts';

export interface TestServer extends RunningServer {
  /** The base of the REST routes. */
  readonly api: string;
  readonly graphql: string;
}

/** A server of its own on a free port, with a database of its own; closing it removes both. */
export async function startTestServer(settings: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const database = await newDatabase();
  const server = await startServer(
    readConfig({
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: database.url,
      LOG_LEVEL: 'error',
      SHUTDOWN_TIMEOUT: '1000',
      ...settings,
    }),
  );
  return {
    ...server,
    api: `${server.url}/api/v1`,
    graphql: `${server.url}/graphql`,
    close: async () => {
      await server.close();
      await database.remove();
    },
  };
}
