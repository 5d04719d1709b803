import type Database from 'libsql';

/** Returns a function that does `work` in one write transaction: all of it or, when this throws, nothing. */
export function transactionOf<Arguments extends unknown[], Result>(
  db: Database.Database,
  work: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  return (...args) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work(...args);
      db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself rolls back when the disk is full, for one. Another ROLLBACK would fail, and hide that.
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
}
