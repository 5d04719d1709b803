import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { type Members, serveRooms } from './room-server.ts';

/** A thread asks for tsx itself. */
const TSX = new URL('../../scripts/tsx.mjs', import.meta.url).href;

/** The least that connects editors and loses nothing: the relay, which sends on what is on the disk alone. */
function relay(file: string): void {
  const thread = new Worker(new URL(import.meta.url), { workerData: file, execArgv: ['--import', TSX] });
  let waiting: { data: Buffer; members: Members }[] = [];
  let stored: typeof waiting | null = null;
  const store = () => {
    if (stored || waiting.length === 0) return;
    stored = waiting;
    waiting = [];
    thread.postMessage(stored.map(({ data }) => data));
  };
  thread.on('message', () => {
    const group = stored ?? [];
    stored = null;
    store();
    for (const { data, members } of group) for (const member of members) member.send(data);
  });
  serveRooms((data, members) => {
    waiting.push({ data, members });
    store();
  });
}

/** Stores groups in an SQLite file as the product does: written ahead, and on the disk at each commit. */
function storeGroups(file: string): void {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE sent (data BLOB)');
  const insert = db.prepare('INSERT INTO sent VALUES (?)');
  const commit = db.transaction((group: readonly Uint8Array[]) => {
    // A Buffer alone would be taken for named parameters.
    for (const data of group) insert.run([Buffer.from(data)]);
  });
  parentPort?.on('message', (group) => {
    commit(group);
    parentPort?.postMessage(null);
  });
}

if (isMainThread) relay(process.argv[2] ?? '');
else storeGroups(String(workerData));
