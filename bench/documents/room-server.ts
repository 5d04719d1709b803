import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** Those who are in a room. */
export type Members = ReadonlySet<WebSocket>;

/** Opens a server whose WebSockets of one URL are in one room, and calls `receive` with each message of a member. */
export function serveRooms(receive: (data: Buffer, members: Members, from: WebSocket) => void): void {
  const rooms = new Map<string, Set<WebSocket>>();
  const server = createServer();
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    const room = request.url ?? '';
    const members = rooms.get(room) ?? new Set();
    rooms.set(room, members.add(socket));
    socket.on('message', (data: Buffer) => receive(data, members, socket));
    socket.on('close', () => members.delete(socket));
  });
  process.once('SIGTERM', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') process.stdout.write(`listens on http://127.0.0.1:${address?.port}\n`);
  });
}
