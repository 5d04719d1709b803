import { once } from 'node:events';
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const HEALTH = '{ health { status } }';

async function post(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function run(query: string, variables?: object) {
  return (await post({ query, variables })).body;
}

describe('GraphQL over HTTP', () => {
  test('a query runs by POST and by GET', async () => {
    const data = { health: { status: 'ok' } };
    expect(await post({ query: HEALTH })).toMatchObject({ status: 200, body: { data } });
    const response = await fetch(`${server.graphql}?query=${encodeURIComponent(HEALTH)}`);
    expect(await response.json()).toMatchObject({ data });
  });

  test('a mutation by GET is refused', async () => {
    const mutation = encodeURIComponent('mutation { createSession { __typename } }');
    const response = await fetch(`${server.graphql}?query=${mutation}`);
    expect(response.status).toBe(405);
    await response.arrayBuffer();
    expect(await server.app.db.session.count()).toBe(0);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ])('a POST of %s is 415, and told what to send', async (type) => {
    expect(await post(JSON.stringify({ query: HEALTH }), { 'content-type': type })).toMatchObject({
      status: 415,
      body: { errors: [{ message: 'The body must be JSON, with Content-Type: application/json' }] },
    });
  });

  test('a POST without a content type is 415', async () => {
    const body = new Blob([JSON.stringify({ query: HEALTH })]);
    const response = await fetch(server.graphql, { method: 'POST', body });
    expect(response.status).toBe(415);
  });

  test.each(['variables={', 'extensions={', 'variables={}&variables={}', 'extensions={}&extensions={}'])(
    'a GET with %s is 400, and is no error of the server',
    async (parameters) => {
      const log = vi.spyOn(server.app.log, 'error');
      onTestFinished(() => log.mockRestore());
      const response = await fetch(`${server.graphql}?query=${encodeURIComponent(HEALTH)}&${parameters}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: 'The parameters variables and extensions must be JSON, given once',
            extensions: { code: 'INVALID_REQUEST' },
          },
        ],
      });
      expect(log).not.toHaveBeenCalled();
    },
  );

  test.each(['a b', '[', '%', 'a:99999'])('the header Host: %s is 400', async (host) => {
    const url = `${server.graphql}?query=${encodeURIComponent(HEALTH)}`;
    const [response] = await once(get(url, { headers: { host } }), 'response');
    expect(response.statusCode).toBe(400);
    expect(await json(response)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_REQUEST' } }] });
  });

  test.each(['{}', '[]', 'null'])('the body %s is told to lack a query', async (body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(server.graphql, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect((await response.json()).errors[0].message).toBe('The body must be an object with a query');
  });

  test.each(['{', '', '[]', '7', '{"query":7}', '{}'])('the body %j is a 4xx with errors', async (body) => {
    const answer = await post(body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.errors).toHaveLength(1);
  });

  test('a body over 8 MiB is 413', async () => {
    expect(await post({ query: HEALTH, variables: { x: 'x'.repeat(8 * 1024 * 1024) } })).toMatchObject({
      status: 413,
    });
  });

  test('an unforeseen error is masked', async () => {
    const broken = await startTestServer({ LOG_LEVEL: 'silent' });
    try {
      await broken.app.db.$executeRawUnsafe('DROP TABLE "SessionEvent"');
      const response = await fetch(broken.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'mutation { createSession { __typename } }' }),
      });
      expect(await response.json()).toEqual({
        data: null,
        errors: [
          {
            message: 'Something went wrong on the server',
            path: ['createSession'],
            extensions: { code: 'INTERNAL_ERROR' },
          },
        ],
      });
    } finally {
      await broken.close();
    }
  });
});

describe('documents are bounded', () => {
  const nested = (depth: number) => `{${'session(id: "x") { executions { edges { node { '.repeat(depth)} id`;
  test.each([
    ['deep', `${nested(6)} ${'} } } } '.repeat(6)} }`],
    ['very deep', '{a'.repeat(50_000)],
    ['deep in a list', `{ session(id: ${'['.repeat(100_000)}) }`],
    [
      'with many aliases',
      `{ ${Array.from({ length: 200 }, (_, n) => `a${n}: health { status }`).join(' ')} }`,
    ],
    ['with many directives', `{ health ${'@skip(if: false) '.repeat(200)} { status } }`],
    ['long', `{ ${'health { status } '.repeat(2_000)} }`],
  ])('a document that is %s is refused with a 4xx', async (_, query) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await post({ query }, { accept });
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].message).not.toMatch(/call stack|Something went wrong/);
    }
  });

  test('an operation that would load too much is refused before it loads anything', async () => {
    const page = (inner: string) => `executions(first: $n) { edges { node { id session { ${inner} } } } }`;
    const { errors } = await run(`query ($n: Int) { session(id: "x") { ${page(page('id'))} } }`, { n: 100 });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_REQUEST' } }]);
    expect(errors[0].message).toMatch(/complexity/);
  });

  test('the introspection query of a client passes', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const { data, errors } = await run(getIntrospectionQuery({ inputValueDeprecation: true }));
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(40);
  });
});

describe('connections', () => {
  const executions = (args: string) => `
    query ($id: ID!) { session(id: $id) { executions${args} { edges { cursor node { code } } pageInfo { hasNextPage endCursor } } } }`;

  async function sessionWithExecutions(count: number): Promise<string> {
    const { data } = await run(
      'mutation { createSession { ... on CreateSessionPayload { session { id } } } }',
    );
    const { id } = data.createSession.session;
    await server.app.db.execution.createMany({
      data: Array.from({ length: count }, (_, n) => ({
        id: `${id}-${n}`,
        sessionId: id,
        language: 'PYTHON' as const,
        code: String(n),
        status: 'SUCCEEDED' as const,
        stdout: '',
        stderr: '',
        droppedBytes: 0,
        createdAt: new Date(1_000 * n),
      })),
    });
    return id;
  }

  test('executions come newest first, 20 a page, at most 100', async () => {
    const id = await sessionWithExecutions(120);
    const { data } = await run(executions(''), { id });
    const codes = data.session.executions.edges.map(({ node }: { node: { code: string } }) => node.code);
    expect(codes).toEqual(Array.from({ length: 20 }, (_, n) => String(119 - n)));
    expect(data.session.executions.pageInfo.hasNextPage).toBe(true);

    const most = await run(executions('(first: 1000)'), { id });
    expect(most.data.session.executions.edges).toHaveLength(100);
  });

  test('paging by cursor meets every execution once', async () => {
    const id = await sessionWithExecutions(45);
    const seen: string[] = [];
    let after = '';
    for (let more = true; more; ) {
      const { data } = await run(executions(`(first: 10${after})`), { id });
      const { edges, pageInfo } = data.session.executions;
      seen.push(...edges.map(({ node }: { node: { code: string } }) => node.code));
      after = `, after: "${pageInfo.endCursor}"`;
      more = pageInfo.hasNextPage;
    }
    expect(seen).toEqual(Array.from({ length: 45 }, (_, n) => String(44 - n)));
  });

  test.each([
    '(first: -1)',
    '(last: -1)',
    '(after: "nonsense")',
    '(before: "R1BDOko6e30=")',
    '(after: "R1BDOk46MQ==")',
  ])('executions%s is an invalid request', async (args) => {
    const { errors } = await run(executions(args), { id: await sessionWithExecutions(1) });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_REQUEST' } }]);
  });
});

describe('requests that hold no document', () => {
  const send = (body: string | Uint8Array<ArrayBuffer>, accept: string) =>
    fetch(server.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body });

  test.each(['application/json', 'application/graphql-response+json'])(
    'broken JSON is 400 in the accepted %s',
    async (type) => {
      const response = await send('{', type);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain(type);
      expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
    },
  );

  test('a body that is no UTF-8 is 400', async () => {
    const body = Uint8Array.from(Buffer.from('{"query":"{ health { status } } #\xff"}', 'latin1'));
    const response = await send(body, 'application/json');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ message: 'The body must be UTF-8' }] });
  });

  test('the hash of a document alone is told to be not supported', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'ecf4edb46db40b5132295c0291d62fb6' } };
    const response = await send(JSON.stringify({ extensions }), 'application/json');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      errors: [
        { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
      ],
    });
  });
});

describe('GraphiQL', () => {
  test('is served to browsers, from this server alone', async () => {
    const response = await fetch(server.graphql, { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const html = await response.text();
    expect(html).toContain('CodeInterview');
    expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
  });
});
