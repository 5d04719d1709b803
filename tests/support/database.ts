import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Scratch, scratchSqlite } from '../../prisma/scratch.ts';

/** An empty database of its own, of the kind that this run of the tests is for. */
export async function newDatabase(): Promise<Scratch> {
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
