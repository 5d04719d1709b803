import { ConfigError, readConfig } from './config.ts';
import { type RunningServer, startServer } from './server.ts';

/** How long a shutdown may take beyond the requests in flight. */
const HANG_MS = 10_000;

const NO_ADDRESS = {
  problem: 'HOST is no address of this machine',
  advice: 'set it to 0.0.0.0 (all of them) or 127.0.0.1',
};

/** Why the server cannot listen and what to do, by the system's error code. */
const CANNOT_LISTEN: Partial<Record<string, { problem: string; advice: string }>> = {
  EADDRINUSE: { problem: 'The port is in use', advice: 'stop what uses it, or set PORT to another one' },
  EACCES: { problem: 'This user may not listen on the port', advice: 'set PORT to one above 1023' },
  EADDRNOTAVAIL: NO_ADDRESS,
  ENOTFOUND: NO_ADDRESS,
};

try {
  const config = readConfig(process.env);
  const server = await startServer(config);
  server.app.log.info(`CodeInterview listens on ${server.url} (GraphiQL: ${server.url}/graphql)`);
  const stop = (signal: NodeJS.Signals) => void shutDown(server, signal);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // Under npm, a terminal's Ctrl-C reaches this process twice: npm passes it on.
  process.on('SIGINT', () => {});
} catch (error) {
  process.stderr.write(`${describeStartError(error)}\n`);
  process.exitCode = 1;
}

async function shutDown({ app, close }: RunningServer, signal: NodeJS.Signals): Promise<void> {
  app.log.info(`${signal}: shutting down`);
  const deadline = setTimeout(() => {
    app.log.error('The shutdown hangs: ending with work in flight');
    process.exit(1);
  }, app.config.SHUTDOWN_TIMEOUT + HANG_MS);
  deadline.unref();
  await close();
  app.log.info('Shut down');
}

function describeStartError(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const known = 'code' in error && CANNOT_LISTEN[String(error.code)];
  if (!known) return `CodeInterview could not start: ${error.message}`;
  return `${known.problem} (${error.message}): ${known.advice}`;
}
