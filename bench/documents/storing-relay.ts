import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { type WebSocket, WebSocketServer } from 'ws';

/** What one of a room sent, and the room. */
type Sent = readonly [room: string, data: Buffer];

/** A thread asks for tsx itself. */
const TSX = new URL('../../scripts/tsx.mjs', import.meta.url).href;

/** The least that connects editors and loses nothing: the relay, which sends on what is on the disk alone. */
function relay(file: string): void {
  const rooms = new Map<string, Set<WebSocket>>();
  const thread = new Worker(new URL(import.meta.url), { workerData: file, execArgv: ['--import', TSX] });
  let waiting: Sent[] = [];
  let stored: readonly Sent[] | null = null;
  const store = () => {
    if (stored || waiting.length === 0) return;
    stored = waiting;
    waiting = [];
    thread.postMessage(stored);
  };
  thread.on('message', () => {
    const group = stored ?? [];
    stored = null;
    store();
    for (const [room, data] of group) for (const member of rooms.get(room) ?? []) member.send(data);
  });
  const server = createServer();
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    const room = request.url ?? '';
    const members = rooms.get(room) ?? new Set();
    rooms.set(room, members.add(socket));
    socket.on('message', (data: Buffer) => {
      waiting.push([room, data]);
      store();
    });
    socket.on('close', () => members.delete(socket));
  });
  process.once('SIGTERM', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') process.stdout.write(`listens on http://127.0.0.1:${address?.port}\n`);
  });
}

/** Stores groups in an SQLite file as the product does: written ahead, and on the disk at each commit. */
function storeGroups(file: string): void {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE sent (room TEXT, data BLOB)');
  const insert = db.prepare('INSERT INTO sent VALUES (?, ?)');
  const commit = db.transaction((group: readonly (readonly [string, Uint8Array])[]) => {
    for (const [room, data] of group) insert.run(room, Buffer.from(data));
  });
  parentPort?.on('message', (group) => {
    commit(group);
    parentPort?.postMessage(null);
  });
}

if (isMainThread) relay(process.argv[2] ?? '');
else storeGroups(String(workerData));
