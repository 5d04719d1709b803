import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSource } from 'oazapfts';
import { readConfig } from '../src/config.ts';
import { startServer } from '../src/server.ts';

const CLIENT = 'tests/clients/generated/rest.ts';

/** Part of `npm run codegen`: makes a client of what a server says at `/openapi.json`, as a user of REST does. */
const folder = await mkdtemp(join(tmpdir(), 'codeinterview-openapi-'));
const server = await startServer(
  readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: `file:${folder}/openapi.db`,
    LOG_LEVEL: 'error',
    SANDBOX_WAITING: '0',
  }),
);
try {
  const source = await generateSource(`${server.url}/openapi.json`);
  // The generator imports what it may need, and we forbid imports that nothing uses.
  await writeFile(CLIENT, `// @ts-nocheck\n${source}`);
} finally {
  await server.close();
  await rm(folder, { recursive: true });
}
