import Sqlite from 'libsql';
import { type SessionStore, StatementFailedError } from './session-store.ts';
import { sqliteSessions } from './sqlite-sessions.ts';

export function localSessions(path: string): SessionStore {
  let sessions: ReturnType<typeof sqliteSessions> | null = null;
  const open = () => {
    if (!sessions) {
      const db = new Sqlite(path);
      db.exec('PRAGMA foreign_keys=ON');
      db.exec('PRAGMA busy_timeout=10000');
      sessions = sqliteSessions(db);
    }
    return sessions;
  };
  return {
    isOnlyWriter: true,
    commit: async (changes) => {
      try {
        return new Set(open().commit(changes));
      } catch (error) {
        throw new StatementFailedError(error);
      }
    },
    load: async (id) => open().load(id),
    seqs: async (ids) => new Map(open().seqs(ids)),
    events: async (id, range) => open().events(id, range),
  };
}
