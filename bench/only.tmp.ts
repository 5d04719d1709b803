import { mkdtemp } from 'node:fs/promises';
import { scratchPostgresql } from '../prisma/scratch.ts';
import { benchHttp } from './http/section.ts';
import { QUICK } from './plan.ts';

const folder = await mkdtemp('/tmp/bh-');
const plan = { ...QUICK, rounds: 2, seconds: 1 };
if (process.argv[2] !== 'pg') await benchHttp('SQLite', `file:${folder}/http.db`, plan);
else {
  const p = await scratchPostgresql();
  await benchHttp('PostgreSQL', p.url, plan);
  await p.remove();
}
