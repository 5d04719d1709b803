import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { scratchPostgresql } from '../prisma/scratch.ts';
import { findDeno } from '../src/sandbox/runtimes/deno.ts';
import { benchAccess } from './access/section.ts';
import { benchDocuments } from './documents/section.ts';
import { benchSandboxes } from './execution/sandboxes.ts';
import { benchExecution } from './execution/section.ts';
import { benchGrowth } from './http/growth.ts';
import { benchHttp } from './http/section.ts';
import { benchInstances } from './instances/section.ts';
import { benchLive } from './live/section.ts';
import { FULL, QUICK } from './plan.ts';

/** `npm run bench`, `npm run bench -- --quick`, or with the sections that are wanted: `npm run bench -- http live`. */
const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const plan = values.quick ? QUICK : FULL;

const load = loadavg()[0]?.toFixed(1);
process.stdout.write(`${availableParallelism()} cores (load ${load} before), Node.js ${process.versions.node}, \
Deno ${findDeno().version}, ${process.platform} ${process.arch}
Servers and load share the cores: compare the ratios, which were measured side by side, not the numbers.
`);

const folder = await mkdtemp(join(tmpdir(), 'codeinterview-bench-'));
const postgresql = await scratchPostgresql();

const SECTIONS: Record<string, () => Promise<void>> = {
  http: async () => {
    await benchHttp('SQLite', `file:${folder}/http.db`, plan);
    await benchHttp('PostgreSQL', await newDatabase('http'), plan);
  },
  growth: async () => {
    await benchGrowth('SQLite', [`file:${folder}/few.db`, `file:${folder}/many.db`], plan);
    await benchGrowth('PostgreSQL', [await newDatabase('few'), await newDatabase('many')], plan);
  },
  instances: async () => benchInstances(await newDatabase('instances'), plan),
  documents: async () => benchDocuments(folder, await newDatabase('documents'), plan),
  live: () => benchLive(`file:${folder}/live.db`, plan),
  access: () => benchAccess((mode, round) => `file:${folder}/access-${mode}-${round}.db`, plan),
  sandboxes: () => benchSandboxes(folder, plan),
  execution: () => benchExecution(folder, plan),
};

try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(SECTIONS)) {
    const run = SECTIONS[name];
    if (!run) throw new Error(`There is no section ${name}, but ${Object.keys(SECTIONS).join(', ')}`);
    await run();
  }
} finally {
  await postgresql.remove();
  await rm(folder, { recursive: true });
}

/** Creates a database on the PostgreSQL server and returns its URL. */
async function newDatabase(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgresql.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(postgresql.url), { pathname: name }).href;
}
