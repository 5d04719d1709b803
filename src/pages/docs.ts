import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { NAVIGATION_STYLE, navigationBar } from './navigation.ts';
import { MARK } from './room.ts';

const REDOC_BUNDLE = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js');
const hidden = { schema: { hide: true } };

/** Serves `/openapi.json`, Swagger UI at `/docs` and ReDoc at `/redoc`, all from this server's packages. */
export async function serveDocs(server: FastifyInstance): Promise<void> {
  server.get('/openapi.json', hidden, () => server.swagger());
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: CSP, theme: await swaggerTheme() });

  server.get('/redoc', hidden, (_request, reply) =>
    reply.type('text/html').header('content-security-policy', CSP).send(REDOC_PAGE),
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

/** Puts the bar of the pages for developers in the place of Swagger UI's own. */
const SWAGGER_STYLE = `${NAVIGATION_STYLE}
  body { margin: 0; }
  .swagger-ui .topbar { display: none; }
`;

async function swaggerTheme() {
  const mark = await readFile(MARK).catch(() => '');
  const script = `document.body.insertAdjacentHTML('afterbegin', ${JSON.stringify(navigationBar('/docs'))})`;
  return {
    title: 'CodeInterview REST API',
    css: [{ filename: 'bar.css', content: SWAGGER_STYLE }],
    js: [{ filename: 'bar.js', content: script }],
    favicon: [{ filename: 'mark.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: mark }],
  };
}

/** Both libraries style elements inline. */
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:";

const REDOC_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>CodeInterview REST API</title>
    <link rel="icon" type="image/svg+xml" href="/mark.svg">
    <style>${NAVIGATION_STYLE} body { margin: 0 }</style>
  </head>
  <body>
    ${navigationBar('/redoc')}
    <redoc spec-url="/openapi.json"></redoc>
    <script src="/redoc/redoc.standalone.js"></script>
  </body>
</html>
`;
