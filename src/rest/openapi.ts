import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { isPublic } from '../transport/request-callers.ts';

/** Makes the OpenAPI document from the schemas that validate. Call it before the routes are added. */
export async function describeRoutes(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { bearer: [] }],
      servers: [{ url: '/', description: 'This server' }],
      info: {
        title: 'CodeInterview',
        version,
        description: 'Live, collaborative coding interviews: sessions, users and the execution of programs.',
      },
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { override: keepExamples } }),
    transformObject: (unfinished) => {
      const document = jsonSchemaTransformObject(unfinished);
      for (const [url, path] of Object.entries(document.paths ?? {})) {
        for (const method of METHODS) {
          const operation = path?.[method];
          if (operation) finish(operation, isPublic(url));
        }
      }
      // The library adds a second schema for requests to each. No route of ours uses them.
      const schemas = 'components' in document ? document.components?.schemas : undefined;
      for (const name of Object.keys(schemas ?? {})) {
        if (name.endsWith('Input')) delete schemas?.[name];
      }
      return document;
    },
  });
}

/**
 * Puts back the default and the examples of a schema. Zod leaves them out where a schema changes what it gets, because
 * they are of what comes out. Ours are of what clients send.
 */
function keepExamples({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }): void {
  const { default: fallback, examples } = z.globalRegistry.get(zodSchema) ?? {};
  Object.assign(jsonSchema, fallback !== undefined && { default: fallback }, examples && { examples });
}

const METHODS = ['get', 'post', 'patch', 'delete'] as const;

const ERROR = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };

/**
 * Completes the description of a route: the errors that every route may return, the meaning of each status, and
 * whether the request must have a body.
 */
function finish(
  operation: OpenAPIV3.OperationObject | OpenAPIV3_1.OperationObject,
  isForEverybody: boolean,
): void {
  operation.responses ??= {};
  const { requestBody, responses } = operation;
  // Each by its number: with a `default` response, typed clients could not tell one status from another.
  const ofCredentials = isForEverybody ? [] : [401, 403, 429];
  for (const status of [...ofCredentials, ...(requestBody ? [413] : []), 500, 503]) {
    responses[status] = { description: '', content: ERROR };
  }
  for (const [status, response] of Object.entries(responses)) {
    if (!('$ref' in response)) response.description = STATUS_CODES[status] ?? status;
  }
  if (!requestBody || '$ref' in requestBody) return;
  const schema = requestBody.content['application/json']?.schema;
  const options: object[] = schema && 'anyOf' in schema && schema.anyOf ? schema.anyOf : [];
  requestBody.required = !options.some((option) => 'type' in option && option.type === 'null');
}
