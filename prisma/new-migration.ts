import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVERY_TABLE, MIGRATIONS, migrate } from '../src/database/migrate.ts';
import { openSchemaEngine, SCHEMA_FILE } from '../src/database/schema-engine.ts';
import { openSqlite } from '../src/database/sqlite.ts';

/** The SQL that leads from what the migrations build to the models; null when they agree. */
export async function pendingMigration(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-migration-'));
  try {
    const adapter = await openSqlite(join(folder, 'scratch.db'));
    await migrate(adapter);
    const engine = await openSchemaEngine(adapter);
    const content = await readFile(SCHEMA_FILE, 'utf8');
    const files = [{ path: 'schema.prisma', content }];
    const { stdout, exitCode } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: EVERY_TABLE,
    });
    engine.free();
    return exitCode === 0 ? null : stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `npm run migration -- NAME`: writes the next migration into `prisma/migrations`. */
if (process.argv[1] === import.meta.filename) {
  const [name = 'change'] = process.argv.slice(2);
  const sql = await pendingMigration();
  if (sql === null) {
    process.stdout.write('The models have not changed\n');
  } else {
    const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const folder = new URL(`${stamp}_${name}/`, MIGRATIONS);
    await mkdir(folder, { recursive: true });
    await writeFile(new URL('migration.sql', folder), sql);
    process.stdout.write(`${folder.pathname}\n`);
  }
}
