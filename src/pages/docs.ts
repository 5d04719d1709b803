import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

const REDOC_BUNDLE = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js');
const hidden = { schema: { hide: true } };

/** Serves `/openapi.json`, Swagger UI at `/docs` and ReDoc at `/redoc`, all from this server's packages. */
export async function serveDocs(server: FastifyInstance): Promise<void> {
  server.get('/openapi.json', hidden, () => server.swagger());
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });

  server.get('/redoc', hidden, (_request, reply) =>
    reply.type('text/html').header('content-security-policy', REDOC_CSP).send(REDOC_PAGE),
  );
  server.get('/redoc/redoc.standalone.js', hidden, async (_request, reply) =>
    reply.type('text/javascript').send(await loadRedoc()),
  );
}

/** Returns ReDoc's script without the logo that it fetches from its maker's CDN. */
async function loadRedoc(): Promise<string> {
  const bundle = await readFile(REDOC_BUNDLE, 'utf8');
  return bundle.replaceAll('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:,');
}

const REDOC_CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:";

const REDOC_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>CodeInterview API</title>
    <link rel="icon" href="data:,">
    <style>body { margin: 0 }</style>
  </head>
  <body>
    <redoc spec-url="/openapi.json"></redoc>
    <script src="/redoc/redoc.standalone.js"></script>
  </body>
</html>
`;
