// The server that comes with y-websocket 2, in memory.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Server } = require('ws');
const { setupWSConnection } = require('y-websocket/bin/utils');

const server = createServer();
new Server({ server }).on('connection', setupWSConnection);
process.once('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listens on http://127.0.0.1:${server.address().port}\n`);
});
