import { defineConfig } from 'prisma/config';

// `prisma generate` needs no schema engine, but looks for one and downloads it unless a path is named.
if (process.argv.includes('generate')) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;
}

// For those who use `prisma migrate` or `prisma studio`: the server and `npm run generate` do not read this.
const url = process.env['DATABASE_URL'] ?? 'file:./data/codeinterview.db';
const provider = url.startsWith('postgres') ? 'postgresql' : 'sqlite';

export default defineConfig({
  schema: provider === 'sqlite' ? 'prisma/schema.prisma' : 'prisma/postgresql.generated.prisma',
  migrations: { path: `prisma/migrations/${provider}` },
  datasource: { url },
});
