import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ofProvider } from './schema-engine.ts';

/**
 * `npm run generate`: the Prisma client for SQLite with all its types, and beside it the class of the client
 * for PostgreSQL. The two differ in that class alone (provider, query compiler), so both have the same types.
 * The schema for PostgreSQL stays, for `prisma migrate`.
 */
const SCHEMA = 'prisma/schema.prisma';
const OTHER_SCHEMA = 'prisma/postgresql.generated.prisma';
const CLIENT = 'src/database/generated';
const OTHER_CLIENT = 'src/database/generated/postgresql';

const { resolve } = createRequire(import.meta.url);
const prisma = join(dirname(resolve('prisma/package.json')), 'build/index.js');

function generate(schema: string, generator: string[]): void {
  const names = generator.flatMap((name) => ['--generator', name]);
  execFileSync(process.execPath, [prisma, 'generate', '--schema', schema, ...names], { stdio: 'pipe' });
}

generate(SCHEMA, ['client', 'pothos']);

const other = ofProvider(readFileSync(SCHEMA, 'utf8'), 'postgresql').replace(
  `"../${CLIENT}"`,
  `"../${OTHER_CLIENT}"`,
);
writeFileSync(OTHER_SCHEMA, other);
generate(OTHER_SCHEMA, ['client']);
copyFileSync(`${OTHER_CLIENT}/internal/class.ts`, `${CLIENT}/internal/class.postgresql.ts`);
rmSync(OTHER_CLIENT, { recursive: true });
