import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PrismaLibSql } from '@prisma/adapter-libsql';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';

/** The folder of the package: `src/` and `dist/` are its children. */
export const PACKAGE_ROOT = new URL('../../', import.meta.url);
export const SCHEMA_FILE = new URL('prisma/schema.prisma', PACKAGE_ROOT);

let instantiated: Promise<void> | undefined;

/**
 * Prisma's own schema engine, as WebAssembly over a driver adapter: what `prisma migrate` does without
 * the binary that it downloads. The caller frees it.
 */
export async function openSchemaEngine(adapter: PrismaLibSql): Promise<engine.SchemaEngine> {
  instantiated ??= instantiate();
  await instantiated;
  const datamodel = await readFile(SCHEMA_FILE, 'utf8');
  return engine.SchemaEngine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
}

async function instantiate(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const wasm = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': { ...engine } });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start !== 'function') throw new Error('The schema engine has no start function');
  start();
}
