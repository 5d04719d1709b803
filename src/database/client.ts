import type { FastifyBaseLogger } from 'fastify';
import { PrismaClient } from './generated/client.ts';
import { migrate } from './migrate.ts';
import { openSqlite } from './sqlite.ts';
import { parseDatabaseUrl } from './url.ts';

export type Database = PrismaClient<'query'>;
export type Transaction = Parameters<Parameters<Database['$transaction']>[0]>[0];

/**
 * Opens the database of `url` and brings it up to date; logs its SQL at level `trace`.
 * Throws when it cannot be opened or migrated.
 */
export async function openDatabase(url: string, log: FastifyBaseLogger): Promise<Database> {
  const adapter = await openSqlite(parseDatabaseUrl(url).path);
  await migrate(adapter);
  const traced = log.level === 'trace';
  const db = new PrismaClient({
    adapter,
    errorFormat: 'minimal',
    log: traced ? [{ level: 'query' as const, emit: 'event' as const }] : [],
  });
  if (traced) db.$on('query', ({ query, duration }) => log.trace({ query, duration }, 'SQL'));
  return db;
}
