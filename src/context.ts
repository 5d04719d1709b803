import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import type { Database } from './database/client.ts';
import type { Bus } from './events/bus.ts';
import type { LiveEvents } from './events/live.ts';
import type { Turns } from './events/turns.ts';
import type { LiveOutput } from './execution/live.ts';
import type { RemoteStdin } from './execution/remote-stdin.ts';
import type { ExecutionRunner } from './execution/runner.ts';
import type { Connections } from './live/connections.ts';
import type { Pending } from './live/pending.ts';
import type { PresenceBoard } from './presence/board.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

/** What every verb works with: made once by the server, which closes it. */
export interface AppContext {
  readonly config: Config;
  readonly log: FastifyBaseLogger;
  readonly db: Database;
  readonly events: LiveEvents;
  readonly bus: Bus;
  readonly turns: Turns;
  readonly sandbox: Sandbox;
  readonly executions: ExecutionRunner;
  readonly connections: Connections;
  readonly presence: PresenceBoard;
  readonly pending: Pending;
  readonly output: LiveOutput;
  readonly remoteStdin: RemoteStdin;
}

/** The context of one GraphQL operation, whichever transport brought it. */
export interface GraphQLContext {
  readonly app: AppContext;
  /** Where a client of Server-Sent Events was when its connection broke. */
  readonly lastEventId: string | null;
}
