import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { reportOnSignal, stamp } from './report.ts';

/** The least that broadcasts: what is posted to a room goes to its sockets as it is. */
const rooms = new Map<string, Set<WebSocket>>();
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = Buffer.concat(chunks);
  const room = request.url?.slice(1) ?? '';
  stamp(room, Number(/"seq":(\d+)/.exec(message.toString())?.[1]));
  for (const socket of rooms.get(room) ?? []) socket.send(message, { binary: false });
  response.end('{}');
});
new WebSocketServer({ server }).on('connection', (socket, request) => {
  const room = request.url?.slice(1) ?? '';
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.on('close', () => members.delete(socket));
});
reportOnSignal();
process.once('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`listens on http://127.0.0.1:${address?.port}\n`);
});
