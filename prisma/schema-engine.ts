import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaFilter } from '@prisma/schema-engine-wasm';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { DatabaseDriver } from '../src/database/provider.ts';
import type { Provider } from '../src/database/url.ts';

export const EVERY_TABLE: SchemaFilter = { externalTables: [], externalEnums: [] };

let instantiated: Promise<void> | undefined;

/** The models as a schema of the provider. */
export async function readSchema(provider: Provider): Promise<{ path: string; content: string }> {
  const content = await readFile(new URL('schema.prisma', import.meta.url), 'utf8');
  return { path: 'schema.prisma', content: ofProvider(content, provider) };
}

/** A schema has one provider; ours names SQLite, and that is all that differs. */
export function ofProvider(schema: string, provider: Provider): string {
  return schema.replace('provider = "sqlite"', `provider = "${provider}"`);
}

/**
 * Lets `work` use Prisma's own schema engine, as WebAssembly over a driver adapter: what `prisma migrate`
 * does without the binary that it downloads. Closes the driver.
 */
export async function withSchemaEngine<Result>(
  { provider, adapter, close }: DatabaseDriver,
  work: (schemaEngine: engine.SchemaEngine) => Promise<Result>,
): Promise<Result> {
  instantiated ??= instantiate();
  await instantiated;
  const { path, content } = await readSchema(provider);
  const connections: SqlDriverAdapter[] = [];
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    connect: async () => {
      const connection = await adapter.connect();
      connections.push(connection);
      return connection;
    },
    connectToShadowDb: () => Promise.reject(new Error('The schema engine has no shadow database')),
  };
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [[path, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    return await work(schemaEngine);
  } finally {
    schemaEngine.free();
    // The engine leaves what it connected to open.
    await Promise.all(connections.map((connection) => connection.dispose()));
    await close();
  }
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
