import { ConfigError, readConfig } from './config.ts';
import { type RunningServer, startServer } from './server.ts';

/** How long a shutdown may take beyond the requests in flight. */
const HANG_MS = 10_000;

try {
  const config = readConfig(process.env);
  const server = await startServer(config);
  server.app.log.info(`CodeInterview listens on ${server.url} (GraphiQL: ${server.url}/graphql)`);
  const stop = (signal: NodeJS.Signals) => void shutDown(server, signal);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // A terminal's Ctrl-C reaches this process twice under npm, once by way of npm itself.
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
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `The port is in use (${error.message}): stop what uses it, or set PORT to another one`;
  }
  return `CodeInterview could not start: ${error.message}`;
}
