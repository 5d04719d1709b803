import type { FastifyBaseLogger } from 'fastify';
import type { Authenticator } from './access/authenticator.ts';
import type { Caller } from './access/caller.ts';
import type { Credentials } from './access/credentials.ts';
import type { CredentialWatch } from './access/watch.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { Bus } from './bus/bus.ts';
import type { Config } from './config.ts';
import type { Database } from './database/client.ts';
import type { SessionStore } from './database/session-store.ts';
import type { LiveDocuments } from './documents/live-documents.ts';
import type { DocumentRooms } from './documents/rooms.ts';
import type { Commits } from './events/change.ts';
import type { SessionEvent } from './events/event.ts';
import type { SessionCache } from './events/session-cache.ts';
import type { SessionState } from './events/state.ts';
import type { OutputChunk } from './executions/output-log.ts';
import type { RemoteStdin } from './executions/remote-stdin.ts';
import type { ExecutionRunner } from './executions/runner.ts';
import type { InstanceRegistry } from './instances/registry.ts';
import type { LastSeen } from './presence/last-seen.ts';
import type { PresenceRegistry } from './presence/registry.ts';
import type { OpenedSandbox } from './sandbox/sandbox.ts';
import type { KeyedMutex } from './streams/keyed-mutex.ts';
import type { Stream } from './streams/stream.ts';
import type { LazyAbort } from './transport/client-gone.ts';
import type { Connections } from './transport/connections.ts';

/** The resources that transports and commands work with. The server makes them once, and closes them. */
export interface AppContext {
  readonly config: Config;
  readonly log: FastifyBaseLogger;
  readonly db: Database;
  /** The hot statements: how sessions and their events are read. */
  readonly store: SessionStore;
  /** The states of sessions, mostly from memory. */
  readonly sessions: SessionCache;
  /** Where changes of sessions are committed, in groups. */
  readonly commits: Commits;
  /** Where it is stored which users are connected, in groups. */
  readonly lastSeen: LastSeen;
  readonly bus: Bus;
  readonly instances: InstanceRegistry;
  /** The event logs of sessions, by the session's id. */
  readonly events: Stream<SessionEvent>;
  /** The states of sessions, of which only the newest is kept, by the session's id. */
  readonly states: Stream<SessionState>;
  /** The output of programs, by the execution's id. */
  readonly output: Stream<OutputChunk>;
  /** Writers of one session queue here, so that they do not hold database connections while they wait. */
  readonly writers: KeyedMutex;
  readonly sandbox: OpenedSandbox;
  readonly executions: ExecutionRunner;
  readonly remoteStdin: RemoteStdin;
  /** What clients show, and who they are then. */
  readonly credentials: Credentials;
  readonly authenticator: Authenticator;
  readonly credentialWatch: CredentialWatch;
  readonly connections: Connections;
  readonly presence: PresenceRegistry;
  /** The Yjs documents of sessions, and the connections to them. */
  readonly documents: LiveDocuments;
  readonly rooms: DocumentRooms;
  readonly background: BackgroundTasks;
}

/** What a command gets: the server that it works on, and who asks. */
export interface CommandContext {
  readonly app: AppContext;
  readonly caller: Caller;
  /** Where the client is, against which guesses count; none for the server itself. */
  readonly address?: string | undefined;
  /** Aborted when the client has gone and nobody waits for the result. */
  readonly gone?: LazyAbort | undefined;
}

/** The context of one GraphQL operation, over any transport. */
export interface GraphQLContext extends CommandContext {
  /** Where a client of Server-Sent Events was when its connection broke. */
  readonly lastEventId: string | null;
}
