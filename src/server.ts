import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { Authenticator } from './access/authenticator.ts';
import { Credentials } from './access/credentials.ts';
import { sweepCredentials } from './access/sweeper.ts';
import { useTicket } from './access/ticket-use.ts';
import { CredentialWatch, closeAtEnd } from './access/watch.ts';
import type { AppContext } from './app.ts';
import { BackgroundTasks } from './background-tasks.ts';
import { NO_BUS } from './bus/bus.ts';
import { redisBus } from './bus/redis.ts';
import { Closers } from './closers.ts';
import type { Config } from './config.ts';
import { openDatabase } from './database/client.ts';
import { toServiceError } from './database/errors.ts';
import { SessionDocumentLog } from './documents/document-log.ts';
import type { DocumentSocketOptions } from './documents/document-socket.ts';
import { hocuspocus } from './documents/hocuspocus.ts';
import { LiveDocuments } from './documents/live-documents.ts';
import { DocumentRooms } from './documents/rooms.ts';
import { admit } from './documents/service.ts';
import { yWebSocket } from './documents/y-websocket.ts';
import { STREAM_INTERRUPTIONS } from './errors.ts';
import { commitInGroups } from './events/change.ts';
import { eventLog } from './events/log.ts';
import { SessionCache } from './events/session-cache.ts';
import { stateLog } from './events/state.ts';
import { carriedEvent, carriedState, sessionChanged } from './events/topic.ts';
import { outputLog } from './executions/output-log.ts';
import { serveRemotePrograms } from './executions/remote-programs.ts';
import { RemoteStdin } from './executions/remote-stdin.ts';
import { ExecutionRunner } from './executions/runner.ts';
import { sweepExecutions } from './executions/sweeper.ts';
import { outputAppended } from './executions/topics.ts';
import { serveGraphQL } from './graphql/http.ts';
import { graphqlOverWebSocket } from './graphql/websocket.ts';
import { createGraphQL } from './graphql/yoga.ts';
import { createHttpServer, urlOf } from './http-server.ts';
import { InstanceRegistry } from './instances/registry.ts';
import { serveMetrics } from './observability/metrics.ts';
import { VERSION } from './observability/service.ts';
import { importOriginalSessions } from './original-server/import.ts';
import { serveDocs } from './pages/docs.ts';
import { serveRoom } from './pages/room.ts';
import { lastSeenInGroups } from './presence/last-seen.ts';
import { sweepOfflineUsers } from './presence/offline-users.ts';
import { PresenceRegistry } from './presence/registry.ts';
import { goOnline } from './presence/service.ts';
import { watchMethods } from './rest/method-not-allowed.ts';
import { describeRoutes } from './rest/openapi.ts';
import { serveRest } from './rest/rest.ts';
import { restRoutes } from './routes.ts';
import type { OpenedSandbox } from './sandbox/sandbox.ts';
import { logSandbox, startSandbox } from './sandbox-start.ts';
import { schema } from './schema.ts';
import { sweepExpiredSessions } from './sessions/expiry.ts';
import { KeyedMutex } from './streams/keyed-mutex.ts';
import { Stream } from './streams/stream.ts';
import { keepInSync } from './streams/sync.ts';
import { Connections } from './transport/connections.ts';
import { resolveCallers } from './transport/request-callers.ts';
import { routeUpgrades } from './transport/upgrades.ts';

/** How long a shutdown waits until subscribers have the latest entries. */
const DRAIN_MS = 1_000;

export interface RunningServer {
  readonly app: AppContext;
  /** Where it listens: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Takes no new work, ends programs and streams, answers what is in flight, and closes everything. */
  close(): Promise<void>;
}

/** Resources that a caller brings, and closes itself. */
export interface Overrides {
  readonly sandbox?: OpenedSandbox;
}

/** Starts everything. Throws when the database, the sandbox or the port cannot be had. */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  const server = await createHttpServer(config);
  const closers = new Closers(server.log);
  try {
    const app = await openResources(config, server.log, closers, overrides);
    await keepUpToDate(app, closers);
    await mount(server, app, closers);
    await server.listen({ host: config.HOST, port: config.PORT });
    logSandbox(app.sandbox, config, server.log);
    warnOfOpenAccess(config, server.log);
    return { app, url: urlOf(config.HOST, server.server.address()), close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

function warnOfOpenAccess({ ACCESS, HOST }: Config, log: FastifyBaseLogger): void {
  if (ACCESS === 'closed' || LOOPBACK.test(HOST)) return;
  log.warn(
    'ACCESS is open: whoever reaches this server and knows the id of a session may do everything in it',
  );
}

const LOOPBACK = /^(127\.|::1$|localhost$)/;

async function openResources(
  config: Config,
  log: FastifyBaseLogger,
  closers: Closers,
  overrides: Overrides,
): Promise<AppContext> {
  const { db, store, close } = await openDatabase(config, log, importOriginalSessions);
  closers.add('database', close);
  const sessions = new SessionCache(store, config.SESSION_CACHE_SIZE);
  const sandbox = overrides.sandbox ?? (await startSandbox(config, log));
  if (sandbox !== overrides.sandbox) closers.add('sandbox', () => sandbox.close());
  const bus = config.REDIS_URL ? redisBus(config.REDIS_URL, log) : NO_BUS;
  closers.add('bus', () => bus.close());
  const instances = new InstanceRegistry(db, bus, log);
  // Before the first wait: it must hear that the bus is ready, to ask the others who is online.
  const presence = new PresenceRegistry(instances.id, bus);
  closers.add('presence', () => presence.close());
  closers.add('lease of this instance', () => instances.close());
  await instances.start();
  const credentials = new Credentials(db, bus, store.isOnlyWriter);
  const credentialWatch = new CredentialWatch(credentials, log);
  closers.add('watch of credentials', () => credentialWatch.close());
  const background = new BackgroundTasks();
  closers.add('background tasks', () => background.settle());

  const report = reportTo(log);
  const rooms = new DocumentRooms({
    bus,
    openLog: (sessionId) => new SessionDocumentLog(app, sessionId),
    report,
  });
  closers.add('rooms of documents', () => rooms.close());
  const app: AppContext = {
    config,
    log,
    db,
    store,
    sessions,
    commits: commitInGroups(store),
    lastSeen: lastSeenInGroups(store),
    bus,
    instances,
    sandbox,
    presence,
    background,
    credentials,
    authenticator: new Authenticator(config, credentials),
    credentialWatch,
    events: new Stream(eventLog(store, sessions), STREAM_INTERRUPTIONS, report),
    states: new Stream(stateLog(store, sessions), STREAM_INTERRUPTIONS, report),
    output: new Stream(outputLog(db), STREAM_INTERRUPTIONS, report),
    writers: new KeyedMutex(),
    executions: new ExecutionRunner(config.MAX_RUNNING, config.MAX_QUEUED),
    remoteStdin: new RemoteStdin(bus),
    documents: new LiveDocuments(),
    rooms,
    connections: new Connections(config, async ({ user, identity }, close) => {
      const leave = user ? await goOnline(app, user) : () => {};
      const stopWatching = closeAtEnd(credentialWatch, identity, close);
      const stopUsing = useTicket(app, identity);
      return () => {
        stopWatching();
        stopUsing();
        leave();
      };
    }),
  };
  return app;
}

function reportTo(log: FastifyBaseLogger) {
  return (err: unknown) => {
    if (toServiceError(err, log) === err) log.error({ err }, 'Unforeseen error in a listener');
  };
}

/** Keeps this instance up to date with what others do and with the passing of time. */
async function keepUpToDate(app: AppContext, closers: Closers): Promise<void> {
  const { bus, writers, sessions, log } = app;
  const late = (what: string) => (err: unknown) => log.warn({ err }, `${what} of other instances come late`);
  const events = { bus, topic: sessionChanged, mutex: writers, report: late('Events') };
  const output = { bus, topic: outputAppended, mutex: writers, report: late('Outputs') };
  closers.add('sync of events', keepInSync(app.events, { ...events, itemOf: carriedEvent(sessions) }));
  closers.add('sync of states', keepInSync(app.states, { ...events, itemOf: carriedState(sessions) }));
  closers.add('sync of output', keepInSync(app.output, output));
  serveRemotePrograms(app);
  closers.add('sweeper of sessions', sweepExpiredSessions(app));
  closers.add('sweeper of credentials', sweepCredentials(app));
  closers.add('sweeper of offline users', sweepOfflineUsers(app));
  closers.add('execution sweeper', await sweepExecutions(app));
}

async function mount(server: FastifyInstance, app: AppContext, closers: Closers): Promise<void> {
  resolveCallers(server, app);
  await serveRoom(server);
  const answerOtherMethods = watchMethods(server);
  await describeRoutes(server, VERSION);
  await serveRest(server, restRoutes(app));
  await serveDocs(server);
  serveMetrics(server, app);
  const graphql = createGraphQL(app, schema);
  await serveGraphQL(server, graphql, app);
  answerOtherMethods();

  const { config, events, states, output, rooms, log } = app;
  const report = reportTo(log);
  let closed: Promise<void> = Promise.resolve();
  closers.add('requests in flight', async () => {
    const cut = setTimeout(() => server.server.closeAllConnections(), config.SHUTDOWN_TIMEOUT);
    await closed;
    clearTimeout(cut);
  });
  const broadcasters = [events, states, output].map(({ broadcaster }) => broadcaster);
  closers.add('streams', () => {
    for (const broadcaster of broadcasters) broadcaster.close();
  });
  const documents: DocumentSocketOptions = { rooms, admit: (...asked) => admit(app, ...asked), report };
  const protocols = [graphqlOverWebSocket(app, graphql), yWebSocket(documents), hocuspocus(documents)];
  closers.add('WebSockets', routeUpgrades(server.server, protocols, app));
  closers.add('delivery', () => Promise.all(broadcasters.map((broadcaster) => broadcaster.drain(DRAIN_MS))));
  closers.add('programs', () => app.executions.close(config.SHUTDOWN_TIMEOUT / 2));
  closers.add('HTTP server', () => {
    closed = server.close();
  });
}
