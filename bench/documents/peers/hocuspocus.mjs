// Hocuspocus with its defaults: in memory, or stored in the SQLite file of HOCUSPOCUS_FILE.
import { Database } from '@hocuspocus/extension-database';
import { Server } from '@hocuspocus/server';
import Sqlite from 'libsql';

const file = process.env['HOCUSPOCUS_FILE'];
const server = new Server({
  address: '127.0.0.1',
  port: 0,
  quiet: true,
  stopOnSignals: false,
  extensions: file ? [stored(file)] : [],
});

function stored(path) {
  const db = new Sqlite(path);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB NOT NULL)');
  const read = db.prepare('SELECT data FROM documents WHERE name = ?');
  const write = db.prepare(
    'INSERT INTO documents VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data',
  );
  return new Database({
    fetch: async ({ documentName }) => {
      const [row] = read.all(documentName);
      return row ? new Uint8Array(row.data) : null;
    },
    store: async ({ documentName, state }) => void write.run(documentName, Buffer.from(state)),
  });
}

process.once('SIGTERM', () => process.exit(0));
await server.listen();
process.stdout.write(`listens on http://127.0.0.1:${server.address.port}\n`);
