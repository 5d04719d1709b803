import type { Client, Transaction } from '@libsql/client';
import type { MigrationConnection } from './provider.ts';
import { BUSY_TIMEOUT_MS, whenFree } from './sqlite-busy.ts';

/** `client` must have one connection only: a pragma holds for its connection. */
export function migrationConnection(client: Client): MigrationConnection {
  return {
    query: async (sql, values = []) => (await client.execute({ sql, args: [...values] })).rows,
    transaction: async (script, { sql, values }) => {
      const foreignKeys = !turnsForeignKeysOff(script);
      // SQLite ignores this pragma inside a transaction, so the script itself would turn them off too late.
      await client.execute(`PRAGMA foreign_keys=${foreignKeys ? 'ON' : 'OFF'}`);
      const transaction = await whenFree(() => client.transaction('write'), BUSY_TIMEOUT_MS);
      try {
        if (foreignKeys) await transaction.executeMultiple(script);
        else await withoutNewViolations(transaction, () => transaction.executeMultiple(script));
        await transaction.execute({ sql, args: values });
        await transaction.commit();
      } finally {
        // Rolls back what was not committed.
        transaction.close();
        await client.execute('PRAGMA foreign_keys=ON');
      }
    },
  };
}

/**
 * Prisma changes an SQLite table by dropping it and renaming its new form. With foreign keys on, dropping a table
 * deletes its children (ON DELETE CASCADE), even if `defer_foreign_keys` is on.
 */
function turnsForeignKeysOff(script: string): boolean {
  return /^\s*PRAGMA\s+foreign_keys\s*=\s*OFF/im.test(script);
}

/** Throws when `work` leaves more violations of foreign keys than it found: SQLite does not check foreign keys that are off. */
async function withoutNewViolations(transaction: Transaction, work: () => Promise<void>): Promise<void> {
  const before = await countViolations(transaction);
  await work();
  const added = (await countViolations(transaction)) - before;
  if (added > 0) throw new Error(`${added} foreign keys would refer to rows that do not exist`);
}

async function countViolations(transaction: Transaction): Promise<number> {
  const { rows } = await transaction.execute('SELECT count(*) FROM pragma_foreign_key_check');
  return Number(rows[0]?.[0]);
}
