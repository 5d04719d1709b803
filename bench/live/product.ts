import { readConfig } from '../../src/config.ts';
import { reportOnSignal, stamp } from './report.ts';

// As it is built: what reads TypeScript here adds a name to each function, which costs a third more memory.
const built = new URL('../../dist/server.js', import.meta.url).href;
const { startServer }: typeof import('../../src/server.ts') = await import(built);

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
