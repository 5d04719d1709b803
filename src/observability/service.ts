import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { parseDatabaseUrl } from '../database/url.ts';

const packageFile = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
export const { version: VERSION } = z.object({ version: z.string() }).parse(JSON.parse(packageFile));

/** Returns how many connections, subscriptions and listeners clients hold at this instance now. */
export function readGauges({ connections, events, states }: AppContext) {
  return {
    webSockets: connections.count('websocket'),
    eventStreams: connections.count('sse'),
    subscriptions: connections.subscriptions,
    listeners: events.broadcaster.listenerCount + states.broadcaster.listenerCount,
  };
}

/** Returns the state of the server, its version, database and sandbox. */
export function readHealth({ config, sandbox }: AppContext) {
  return {
    status: 'ok' as const,
    timestamp: new Date(),
    version: VERSION,
    database: parseDatabaseUrl(config.DATABASE_URL).provider,
    sandbox: sandbox.kind,
    protections: sandbox.protections,
  };
}
