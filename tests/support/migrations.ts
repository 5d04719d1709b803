import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client';
import fastify from 'fastify';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openDriver } from '../../src/database/client.ts';
import { migrate } from '../../src/database/migrate.ts';
import { newDatabase } from './database.ts';

/** The URL of an empty database that is gone after the test. */
export async function databaseUrl(): Promise<string> {
  const { url, remove } = await newDatabase();
  onTestFinished(remove);
  return url;
}

/** A role without rights on a PostgreSQL database, gone after the test, and the URL of the database for it. */
export async function databaseRole(url: string): Promise<{ role: string; url: string }> {
  const own = new URL(url);
  const role = `role_${own.pathname.slice(-8)}`;
  await sql(url, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
  onTestFinished(async () => {
    await sql(url, `DROP OWNED BY ${role} CASCADE`);
    await sql(url, `DROP ROLE ${role}`);
  });
  own.username = role;
  own.password = 'x';
  return { role, url: own.href };
}

/** Runs a statement on the database, beside the server. */
export async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  if (url.startsWith('file:')) {
    const db = createClient({ url });
    const { rows } = await db.execute(statement);
    db.close();
    return rows.map((row) => ({ ...row }));
  }
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const { rows } = await db.query(statement);
  await db.end();
  return rows;
}

/** The names of what the database holds: tables, and its migrations that are not rolled back. */
export async function contents(url: string): Promise<{ tables: unknown[]; applied: unknown[] }> {
  const query = url.startsWith('file:')
    ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    : "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
  const tables = (await sql(url, query)).map(({ name }) => name);
  const records = tables.includes('_prisma_migrations')
    ? await sql(url, 'SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY 1')
    : [];
  return {
    tables: tables.filter((name) => name !== '_prisma_migrations'),
    applied: records.map(({ migration_name }) => migration_name),
  };
}

/** Migrates the database as the start of a server does, with the given scripts by name, or else with the server's. */
export async function migrateDatabase(url: string, scripts?: Record<string, string>): Promise<string> {
  let logged = '';
  const stream = {
    write: (line: string) => {
      logged += line;
    },
  };
  const { log } = fastify({ logger: { level: 'warn', stream } });
  const folder = scripts && (await migrationsOf(scripts));
  const driver = openDriver(readConfig({ DATABASE_URL: url }));
  try {
    await migrate(driver, log, folder);
  } finally {
    await driver.close();
  }
  return logged;
}

async function migrationsOf(scripts: Record<string, string>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-migrations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, script] of Object.entries(scripts)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'migration.sql'), script);
  }
  return pathToFileURL(`${folder}/`);
}
