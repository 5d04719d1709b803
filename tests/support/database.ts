import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Scratch, type ScratchServer, scratchPostgresql, scratchSqlite } from '../../prisma/scratch.ts';
import { stopAtEnd } from './cleanup.ts';

/** An empty database of its own, of the kind that this run of the tests is for, until the end of the test file. */
export async function newDatabase(): Promise<Scratch> {
  const { url, remove } = await createDatabase();
  return { url, remove: stopAtEnd(remove) };
}

async function createDatabase(): Promise<Scratch> {
  const server = inject('postgresqlUrl');
  if (!server) return scratchSqlite();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const administer = async (sql: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await administer(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, remove: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** A PostgreSQL of its own that can be taken away and brought back, until the end of the test file. */
export async function startPostgresql(): Promise<ScratchServer> {
  const server = await scratchPostgresql();
  return { ...server, remove: stopAtEnd(server.remove) };
}
