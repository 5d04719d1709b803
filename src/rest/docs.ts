import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const REDOC_BUNDLE = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js');
const hidden = { schema: { hide: true } };

/** Generates the OpenAPI document from the schemas that validate. To be called before the routes are. */
export async function describeRoutes(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CodeInterview',
        version,
        description: 'Live, collaborative coding interviews: sessions, users and the execution of programs.',
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** Serves `/openapi.json`, Swagger UI at `/docs` and ReDoc at `/redoc`, all from this server's packages. */
export async function serveDocs(server: FastifyInstance): Promise<void> {
  server.get('/openapi.json', hidden, () => server.swagger());
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });

  server.get('/redoc', hidden, (_request, reply) =>
    reply.type('text/html').header('content-security-policy', REDOC_CSP).send(REDOC_PAGE),
  );
  server.get('/redoc/redoc.standalone.js', hidden, (_request, reply) =>
    reply.type('text/javascript').send(createReadStream(REDOC_BUNDLE)),
  );
}

const REDOC_CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:";

const REDOC_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>CodeInterview API</title>
    <style>body { margin: 0 }</style>
  </head>
  <body>
    <redoc spec-url="/openapi.json"></redoc>
    <script src="/redoc/redoc.standalone.js"></script>
  </body>
</html>
`;
