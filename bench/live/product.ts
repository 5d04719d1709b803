import { readConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { reportOnSignal, stamp } from './report.ts';

/** The server itself, which notes when an event has been committed and goes to its listeners. */
const { app, url, close } = await startServer(readConfig(process.env));
const deliver = app.events.deliver.bind(app.events);
app.events.deliver = (change) => {
  stamp(change.event.sessionId, change.event.seq);
  deliver(change);
};
reportOnSignal();
process.once('SIGTERM', () => void close().then(() => process.exit(0)));
process.stdout.write(`listens on ${url}\n`);
