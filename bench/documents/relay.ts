import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** The least that connects editors: what one of a room sends goes to the others as it is. */
const rooms = new Map<string, Set<WebSocket>>();
const server = createServer();
new WebSocketServer({ server }).on('connection', (socket, request) => {
  const room = request.url ?? '';
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.on('message', (data) => {
    for (const member of members) if (member !== socket) member.send(data);
  });
  socket.on('close', () => members.delete(socket));
});
process.once('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`listens on http://127.0.0.1:${address?.port}\n`);
});
