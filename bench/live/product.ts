import { readConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { reportOnSignal, stamp } from './report.ts';

/** The server itself, which notes when an event has been committed and goes to its listeners. */
const { app, url, close } = await startServer(readConfig(process.env));
const { broadcaster } = app.events;
const publish = broadcaster.publish.bind(broadcaster);
broadcaster.publish = (sessionId, entry) => {
  stamp(sessionId, entry.seq);
  publish(sessionId, entry);
};
reportOnSignal();
process.once('SIGTERM', () => void close().then(() => process.exit(0)));
process.stdout.write(`listens on ${url}\n`);
