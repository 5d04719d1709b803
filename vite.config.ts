import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const ROOT = join(import.meta.dirname, 'src/pages/room');
const OUTPUT = 'dist/room';
const SERVER = `http://localhost:${process.env['PORT'] || 8000}`;

/** Writes each built file compressed beside it, so that the server only sends. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async closeBundle() {
      const entries = await readdir(OUTPUT, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name));
      await Promise.all(
        files.map(async (file) => {
          const content = await readFile(file);
          await writeFile(`${file}.br`, await promisify(brotliCompress)(content));
          await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
        }),
      );
    },
  };
}

/** The development server's own copy of what `src/pages/room.ts` does: each session's URL is one page. */
function sessionUrls(): Plugin {
  return {
    name: 'session-urls',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (request.url?.startsWith('/s/')) request.url = '/session.html';
        next();
      });
    },
  };
}

const proxied = ['/graphql', '/api', '/docs', '/redoc', '/openapi.json'];

export default defineConfig({
  root: ROOT,
  plugins: [react(), sessionUrls(), precompress()],
  build: {
    outDir: `../../../${OUTPUT}`,
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows no data in URLs but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'session.html'].map((page) => join(ROOT, page)) },
  },
  server: {
    proxy: Object.fromEntries([
      ...proxied.map((path) => [path, { target: SERVER, ws: path === '/graphql' }]),
      ['/yjs', { target: SERVER, ws: true }],
    ]),
  },
});
