import type Database from 'libsql';
import type { Statement } from './provider.ts';
import { transactionOf } from './sqlite-transaction.ts';

/** Returns the rows of a query. `values` are the values of `$1`, `$2`, and so on. */
export function selectRows(db: Database.Database, sql: string, values: readonly string[]): unknown[] {
  return db.prepare(sql).all(...values);
}

/** Runs a script of any number of statements, then the statement `last`: all of it or, when this throws, nothing. */
export function applyMigration(db: Database.Database, script: string, last: Statement): void {
  const foreignKeys = !turnsForeignKeysOff(script);
  // SQLite ignores this pragma inside a transaction, so the script itself would turn them off too late.
  db.pragma(`foreign_keys = ${foreignKeys ? 'ON' : 'OFF'}`);
  const apply = transactionOf(db, () => {
    if (foreignKeys) db.exec(script);
    else withoutNewViolations(db, () => db.exec(script));
    db.prepare(last.sql).run(...last.values);
  });
  try {
    apply();
  } finally {
    db.pragma('foreign_keys = ON');
  }
}

/**
 * Prisma changes an SQLite table by dropping it and renaming its new form. With foreign keys on, dropping a table
 * deletes its children (ON DELETE CASCADE), even if `defer_foreign_keys` is on.
 */
function turnsForeignKeysOff(script: string): boolean {
  return /^\s*PRAGMA\s+foreign_keys\s*=\s*OFF/im.test(script);
}

/** Throws when `work` leaves more violations of foreign keys than it found: SQLite does not check foreign keys that are off. */
function withoutNewViolations(db: Database.Database, work: () => void): void {
  const before = countViolations(db);
  work();
  const added = countViolations(db) - before;
  if (added > 0) throw new Error(`${added} foreign keys would refer to rows that do not exist`);
}

function countViolations(db: Database.Database): number {
  return db.prepare('PRAGMA foreign_key_check').all().length;
}
