import { PrismaClient } from './generated/client.ts';
import { migrate } from './migrate.ts';
import { openSqlite } from './sqlite.ts';
import { parseDatabaseUrl } from './url.ts';

export type Database = PrismaClient;
export type Transaction = Parameters<Parameters<Database['$transaction']>[0]>[0];

/** Opens the database of `url` and brings it up to date. Throws when it cannot be opened or migrated. */
export async function openDatabase(url: string): Promise<Database> {
  const adapter = await openSqlite(parseDatabaseUrl(url).path);
  await migrate(adapter);
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}
