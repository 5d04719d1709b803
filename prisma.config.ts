import { defineConfig } from 'prisma/config';

// `prisma generate` needs no schema engine, but looks for one and downloads it unless a path is named.
if (process.argv.includes('generate')) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;
}

export default defineConfig({
  schema: 'prisma/schema.prisma',
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:./data/codeinterview.db' },
});
