import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { readConfig } from '../src/config.ts';
import { openDriver } from '../src/database/client.ts';
import { migrationsFolder } from '../src/database/migrate.ts';
import type { Provider } from '../src/database/url.ts';
import { EVERY_TABLE, ofProvider, readSchema, withSchemaEngine } from './schema-engine.ts';
import { scratchPostgresql, scratchSqlite } from './scratch.ts';

const SCRATCH = { sqlite: scratchSqlite, postgresql: scratchPostgresql };

/**
 * The models that the migrations build: kept beside them, because the engine cannot read a
 * PostgreSQL database back through the driver adapter, which knows no column of type "char".
 */
const MIGRATED = new URL('migrations/schema.prisma', import.meta.url);

/**
 * The SQL that leads from the models that the migrations build to the models; null when they agree.
 * `url` names a database of the wanted kind, which is asked for its version and nothing else.
 */
export async function pendingMigration(url: string): Promise<string | null> {
  const driver = openDriver(readConfig({ DATABASE_URL: url }));
  const { path, content } = await readSchema(driver.provider);
  const migrated = await readFile(MIGRATED, 'utf8').catch(() => null);
  return withSchemaEngine(driver, async (engine) => {
    const { stdout, exitCode } = await engine.diff({
      from: migrated
        ? { tag: 'schemaDatamodel', files: [{ path, content: ofProvider(migrated, driver.provider) }] }
        : { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path, content }] },
      script: true,
      exitCode: true,
      filters: EVERY_TABLE,
    });
    return exitCode === 0 ? null : stdout;
  });
}

async function writeMigration(provider: Provider, name: string): Promise<void> {
  const scratch = await SCRATCH[provider]();
  const sql = await pendingMigration(scratch.url);
  await scratch.remove();
  if (sql === null) {
    process.stdout.write(`${provider}: the models have not changed\n`);
    return;
  }
  const folder = new URL(`${name}/`, migrationsFolder(provider));
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('migration.sql', folder), sql);
  process.stdout.write(`${provider}: ${name}\n`);
}

/** `npm run migration -- NAME`: writes the next migration of both providers into `prisma/migrations`. */
if (process.argv[1] === import.meta.filename) {
  const [word = 'change'] = process.argv.slice(2);
  const name = `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${word}`;
  for (const provider of ['sqlite', 'postgresql'] as const) await writeMigration(provider, name);
  await writeFile(MIGRATED, (await readSchema('sqlite')).content);
}
