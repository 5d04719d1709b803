import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenAPIV3_1 } from 'openapi-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openApiChecker, toToken } from '../support/openapi.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const exampleSchema = z.looseObject({ examples: z.array(z.unknown()).optional() });
const mediaType = z.looseObject({
  schema: z.looseObject({ $ref: z.string().optional() }),
  example: z.unknown().optional(),
});

/** Returns the JSON of each request and answer, with its place in the document. */
function mediaTypes(value: unknown, pointer = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const place = `${pointer}/${toToken(key)}`;
    const found: [string, unknown][] = key === 'application/json' ? [[place, child]] : [];
    return [...found, ...mediaTypes(child, place)];
  });
}

let server: TestServer;
let document: OpenAPIV3_1.Document;
beforeAll(async () => {
  server = await startTestServer();
  document = await (await fetch(`${server.url}/openapi.json`)).json();
});
afterAll(() => server.close());

test('the document is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
});

test('every operation has a name of its own and a summary', () => {
  const operations = Object.values(document.paths ?? {}).flatMap((path) =>
    [path?.get, path?.post, path?.patch, path?.delete].filter((operation) => operation !== undefined),
  );
  expect(operations.length).toBeGreaterThanOrEqual(9);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { summary } of operations) expect(summary).toMatch(/^[A-Z]/);
});

test('every operation has examples, which fit their schemas', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const media = mediaTypes(document);
  expect(media.length).toBeGreaterThan(20);
  for (const [pointer, value] of media) {
    const { example, schema } = mediaType.parse(value);
    const reference = `openapi${schema.$ref ?? `#${pointer}/schema`}`;
    // An example of a request is beside its schema, those of an answer are in the schema that it refers to.
    const { examples = example === undefined ? [] : [example] } = exampleSchema.parse(
      ajv.getSchema(reference)?.schema,
    );
    expect(examples, pointer).not.toEqual([]);
    for (const each of examples) {
      expect(ajv.validate({ $ref: reference }, each), `${pointer}: ${ajv.errorsText()}`).toBe(true);
    }
  }
});

test('the defaults of requests are told', () => {
  const text = JSON.stringify(document.paths?.['/api/v1/sessions']?.post?.requestBody);
  expect(text).toContain('"default":"javascript"');
  expect(JSON.stringify(document.paths?.['/api/v1/execute']?.post?.requestBody)).toContain('"default":30000');
});

// That every answer of the other tests fits the document is seen to by tests/support/check-rest.ts.
test.each([
  ['a field too many', 200, { status: 'ok', timestamp: '2026-01-31T12:00:00.000Z', load: 1 }],
  ['a field too few', 200, { status: 'ok' }],
  ['a value of the wrong form', 200, { status: 'ok', timestamp: 'noon' }],
  ['an error of another shape', 503, { message: 'away' }],
  ['a status that is not documented', 418, {}],
])('the check of answers finds %s', async (_, status, body) => {
  const check = openApiChecker(document);
  expect(await check('GET', '/api/v1/health', Response.json(body, { status }))).toEqual(expect.any(String));
});

test('the check of answers lets pass what fits', async () => {
  const check = openApiChecker(document);
  const response = await fetch(`${server.api}/health`);
  expect(await check('GET', '/api/v1/health', response)).toBeNull();
});
