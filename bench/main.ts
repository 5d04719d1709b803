import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { scratchPostgresql } from '../prisma/scratch.ts';
import { findDeno } from '../src/sandbox/runtimes/deno.ts';
import { benchSandboxes } from './execution/sandboxes.ts';
import { benchExecution } from './execution/section.ts';
import { benchGrowth } from './http/growth.ts';
import { benchHttp } from './http/section.ts';
import { benchInstances } from './instances/section.ts';
import { benchLive } from './live/section.ts';
import { FULL, QUICK } from './plan.ts';

/** `npm run bench`, or `npm run bench -- --quick`. */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const plan = values.quick ? QUICK : FULL;

const load = loadavg()[0]?.toFixed(1);
process.stdout.write(`${availableParallelism()} cores (load ${load} before), Node.js ${process.versions.node}, \
Deno ${findDeno().version}, ${process.platform} ${process.arch}
Servers and load share the cores: compare the ratios, which were measured side by side, not the numbers.
`);

const folder = await mkdtemp(join(tmpdir(), 'codeinterview-bench-'));
const postgresql = await scratchPostgresql();
try {
  await benchHttp('SQLite', `file:${folder}/http.db`, plan);
  await benchHttp('PostgreSQL', postgresql.url, plan);
  await benchGrowth('SQLite', [`file:${folder}/few.db`, `file:${folder}/many.db`], plan);
  await benchGrowth('PostgreSQL', [await newDatabase('few'), await newDatabase('many')], plan);
  await benchInstances(postgresql.url, plan);
  await benchLive(`file:${folder}/live.db`, plan);
  await benchSandboxes(folder, plan);
  await benchExecution(folder, plan);
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
