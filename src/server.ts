import type { AddressInfo } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';
import type { AppContext } from './context.ts';
import { openDatabase } from './database/client.ts';
import { NO_BUS } from './events/bus.ts';
import { LiveEvents } from './events/live.ts';
import { redisBus } from './events/redis-bus.ts';
import { relayChanges } from './events/relay.ts';
import { Turns } from './events/turns.ts';
import { keepLeases } from './execution/leases.ts';
import { MAX_TIMEOUT_MS } from './execution/limits.ts';
import { LiveOutput } from './execution/live.ts';
import { relayExecutions } from './execution/relay.ts';
import { RemoteStdin } from './execution/remote-stdin.ts';
import { ExecutionRunner } from './execution/runner.ts';
import { serveGraphQL } from './graphql/http.ts';
import { serveWebSocket } from './graphql/websocket.ts';
import { createGraphQL } from './graphql/yoga.ts';
import { serveMetrics } from './health/metrics.ts';
import { VERSION } from './health/service.ts';
import { Connections } from './live/connections.ts';
import { Pending } from './live/pending.ts';
import { PresenceBoard } from './presence/board.ts';
import { relayPresence } from './presence/relay.ts';
import { keepPresence } from './presence/upkeep.ts';
import { serveDocs } from './rest/docs.ts';
import { handleError, handleNotFound } from './rest/errors.ts';
import { watchMethods } from './rest/method-not-allowed.ts';
import { describeRoutes } from './rest/openapi.ts';
import { serveRest } from './rest/rest.ts';
import { openSandbox } from './sandbox/open.ts';
import type { OpenedSandbox, SandboxOptions } from './sandbox/sandbox.ts';

/** How long a shutdown waits for what happened last to be passed on to subscribers. */
const DRAIN_MS = 1_000;

export interface RunningServer {
  readonly app: AppContext;
  /** Where it listens: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Takes no new work, ends programs and streams, answers what is in flight, and lets go of everything. */
  close(): Promise<void>;
}

/** Starts everything. Throws when the database, the sandbox or the port is not to be had. */
export async function startServer(
  config: Config,
  overrides: { sandbox?: OpenedSandbox } = {},
): Promise<RunningServer> {
  const server = createHttp(config);
  const db = await openDatabase(config, server.log);
  const sandbox =
    overrides.sandbox ??
    (await startSandbox(config, server.log).catch(async (error: unknown) => {
      await db.$disconnect();
      throw error;
    }));
  const bus = config.REDIS_URL ? redisBus(config.REDIS_URL, server.log) : NO_BUS;
  const app: AppContext = {
    config,
    log: server.log,
    db,
    sandbox,
    events: new LiveEvents(),
    bus,
    turns: new Turns(),
    executions: new ExecutionRunner(config.MAX_RUNNING, config.MAX_QUEUED),
    output: new LiveOutput(),
    remoteStdin: new RemoteStdin(bus),
    connections: new Connections(config),
    presence: new PresenceBoard(bus),
    pending: new Pending(),
  };
  const stops = config.REDIS_URL ? [relayChanges(app), relayExecutions(app)] : [];
  relayPresence(app);
  stops.push(keepPresence(app));
  const release = async () => {
    for (const stop of stops) stop();
    await app.pending.settle();
    app.presence.close();
    await app.bus.close();
    await sandbox.close();
    await db.$disconnect();
  };
  try {
    stops.push(await keepLeases(app));
    await mount(server, app);
    await server.listen({ host: config.HOST, port: config.PORT });
    logSandbox(server.log, sandbox);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    app,
    url: urlOf(config.HOST, server.server.address()),
    close: async () => {
      const cut = setTimeout(() => server.server.closeAllConnections(), config.SHUTDOWN_TIMEOUT);
      await server.close();
      clearTimeout(cut);
      await release();
    },
  };
}

async function startSandbox(config: Config, log: FastifyBaseLogger): Promise<OpenedSandbox> {
  try {
    return await openSandbox(sandboxOptions(config), () =>
      log.error('The sandbox ended unforeseen: its programs with it, and the next one starts it anew'),
    );
  } catch (error) {
    if (config.SANDBOX === 'auto' || !(error instanceof Error)) throw error;
    throw new Error(`${error.message}. SANDBOX=auto takes the strongest kind that works`);
  }
}

function logSandbox(log: FastifyBaseLogger, { kind, protections, failures }: OpenedSandbox): void {
  const mechanisms = Object.fromEntries(protections.map(({ name, mechanism }) => [name, mechanism]));
  log.info({ protections: mechanisms }, `Programs run in the sandbox \`${kind}\``);
  for (const failure of failures) log.info(`A stronger sandbox does not work here: ${failure}`);
}

function sandboxOptions(config: Config): SandboxOptions {
  return {
    kind: config.SANDBOX,
    running: config.MAX_RUNNING,
    waiting: config.SANDBOX_WAITING,
    waitingBytes: config.SANDBOX_WAITING_MEMORY,
    ceiling: {
      cpuTimeMs: config.CPU_LIMIT,
      wallTimeMs: MAX_TIMEOUT_MS,
      memoryBytes: config.MEMORY_LIMIT,
      outputBytes: config.OUTPUT_LIMIT,
      processes: config.PROCESS_LIMIT,
    },
  };
}

const TERMINAL = { sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } as const;

function createHttp({ LOG_LEVEL, BODY_LIMIT }: Config): FastifyInstance {
  return Fastify({
    // Lines for people in a terminal, JSON for whatever collects logs.
    logger: { level: LOG_LEVEL, ...(process.stdout.isTTY && { stream: pretty(TERMINAL) }) },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
    rewriteUrl: ({ url = '/' }) => decodableUrl(url),
  });
}

async function mount(server: FastifyInstance, app: AppContext): Promise<void> {
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(handleNotFound);
  const { CORS_ORIGINS } = app.config;
  await server.register(cors, {
    origin: CORS_ORIGINS.includes('*') ? true : CORS_ORIGINS,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['Retry-After'],
    strictPreflight: false,
  });
  const answerOtherMethods = watchMethods(server);
  await describeRoutes(server, VERSION);
  await serveRest(server, app);
  await serveDocs(server);
  serveMetrics(server, app);
  const yoga = createGraphQL(app);
  await serveGraphQL(server, yoga, app);
  answerOtherMethods();

  const closeSockets = serveWebSocket(server.server, yoga, app);
  server.addHook('preClose', async () => {
    await app.executions.close(app.config.SHUTDOWN_TIMEOUT / 2);
    await Promise.all([app.events.drain(DRAIN_MS), app.output.drain(DRAIN_MS)]);
    await closeSockets();
    app.events.close();
    app.output.close();
  });
}

/** The URL with a path that decodes: any string is a legal id, and `%zz` is one that does not exist. */
function decodableUrl(url: string): string {
  const [path = '', query] = url.split(/\?(.*)/s);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + (query === undefined ? '' : `?${query}`);
  }
}

function urlOf(host: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return `http://${host}`;
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}
