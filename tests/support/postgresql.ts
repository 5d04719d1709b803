import type { TestProject } from 'vitest/node';
import { scratchPostgresql } from '../../prisma/scratch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server to make databases on; absent where the tests run on SQLite. */
    postgresqlUrl?: string;
  }
}

/** Starts one server for all test files, unless TEST_DATABASE_URL names one that is there. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const server = given ? { url: given, remove: async () => {} } : await scratchPostgresql();
  project.provide('postgresqlUrl', server.url);
  return server.remove;
}
