import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { NOBODY } from '../../src/access/caller.ts';
import { decideOutside } from '../../src/access/decide.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.api + path, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) };
}

const failure = (statusCode: number, error: string, message: unknown = expect.any(String)) => ({
  status: statusCode,
  body: { error, message, statusCode, detail: { error, message, statusCode } },
});

async function newSession(): Promise<string> {
  return (await call('POST', '/sessions')).body.id;
}

describe('bodies', () => {
  test.each([undefined, '', 'null', '{}', '  '])('a session is created from the body %j', async (body) => {
    const { status, body: session } = await call('POST', '/sessions', body);
    expect(status).toBe(201);
    expect(Object.keys(session).sort()).toEqual(['code', 'createdAt', 'id', 'language', 'status', 'users']);
    expect(session).toMatchObject({ language: 'javascript', status: 'active' });
  });

  test.each([undefined, '', 'null', '{}', '{"name":null}', '{"name":" "}'])(
    'a user joins with the body %j',
    async (body) => {
      const { status, body: user } = await call('POST', `/sessions/${await newSession()}/users`, body);
      expect(status).toBe(201);
      expect(Object.keys(user).sort()).toEqual(['color', 'id', 'joinedAt', 'name']);
    },
  );

  test('null counts as absent in a PATCH', async () => {
    const id = await newSession();
    const { status, body } = await call('PATCH', `/sessions/${id}`, { code: null, status: 'completed' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, status: 'completed', code: expect.stringContaining('Hello') });
  });

  test('unknown fields are ignored', async () => {
    expect((await call('POST', '/sessions', { language: 'python', theme: 'dark' })).status).toBe(201);
  });

  test('JSON without a content type is JSON', async () => {
    const body = new Blob(['{"language":"python"}']);
    const response = await fetch(`${server.api}/sessions`, { method: 'POST', body });
    expect(await response.json()).toMatchObject({ language: 'python' });
  });

  test('204 has no body', async () => {
    const id = await newSession();
    const { body: user } = await call('POST', `/sessions/${id}/users`);
    expect(await call('DELETE', `/sessions/${id}/users/${user.id}`)).toMatchObject({ status: 204, body: '' });
    expect(await call('DELETE', `/sessions/${id}`)).toMatchObject({ status: 204, body: '' });
  });

  test('users are listed under their own route', async () => {
    const id = await newSession();
    const users = [];
    for (const name of ['Ada', 'Bob'])
      users.push((await call('POST', `/sessions/${id}/users`, { name })).body);
    expect(await call('GET', `/sessions/${id}/users`)).toMatchObject({ status: 200, body: { users } });
  });
});

describe('errors', () => {
  test.each([
    ['POST', '/sessions', '{"language":', 'INVALID_REQUEST', /JSON/],
    ['POST', '/sessions', '[]', 'INVALID_REQUEST', /^body must be an object$/],
    ['POST', '/sessions', '"x"', 'INVALID_REQUEST', /^body must be an object$/],
    ['POST', '/sessions', { code: 7 }, 'INVALID_REQUEST', /^code must be a string$/],
    ['POST', '/sessions', { code: 'a\0' }, 'INVALID_REQUEST', /^code must not contain a NUL/],
    [
      'POST',
      '/sessions',
      { language: 'ruby' },
      'INVALID_LANGUAGE',
      /^language must be one of: javascript, typescript, python$/,
    ],
    ['POST', '/sessions', { language: 7 }, 'INVALID_LANGUAGE', /^language must be one of/],
    ['POST', '/sessions', { language: '__proto__' }, 'INVALID_LANGUAGE', /^language must be one of/],
    ['PATCH', '/sessions/ID', {}, 'INVALID_REQUEST', /code, language and status/],
    ['PATCH', '/sessions/ID', undefined, 'INVALID_REQUEST', /code, language and status/],
    [
      'PATCH',
      '/sessions/ID',
      { status: 'paused' },
      'INVALID_REQUEST',
      /^status must be one of: active, completed$/,
    ],
    ['POST', '/sessions/ID/users', { name: 'x'.repeat(101) }, 'INVALID_REQUEST', /^name must be at most 100/],
    ['POST', '/sessions/ID/users', { name: ['Ada'] }, 'INVALID_REQUEST', /^name must be a string$/],
    ['POST', '/execute', { code: '', language: 'ruby' }, 'INVALID_LANGUAGE', /^language must be one of/],
    ['POST', '/execute', { code: 1, language: 'python' }, 'INVALID_REQUEST', /^code must be a string$/],
    [
      'POST',
      '/execute',
      { code: '', language: 'python', timeout: 1.5 },
      'INVALID_REQUEST',
      /^timeout must be a whole/,
    ],
    [
      'POST',
      '/execute',
      { code: '', language: 'python', timeout: '9' },
      'INVALID_REQUEST',
      /^timeout must be/,
    ],
    [
      'POST',
      '/execute',
      '{"code":"","language":"python","timeout":1e309}',
      'INVALID_REQUEST',
      /^timeout must be/,
    ],
    ['POST', '/execute', '[]', 'INVALID_REQUEST', /^body must be an object$/],
  ])('%s %s with %j is 400 %s', async (method, path, body, error, message) => {
    const id = await newSession();
    const answer = await call(method, path.replace('ID', id), body);
    expect(answer).toMatchObject(failure(400, error, expect.stringMatching(message)));
  });

  test.each([
    [{}, ['code', 'language']],
    [{ code: '1' }, ['language']],
    [{ language: 'python' }, ['code']],
    [undefined, ['code', 'language']],
    ['null', ['code', 'language']],
  ])('/execute with %j is 422 and names what is missing', async (body, fields) => {
    expect(await call('POST', '/execute', body)).toMatchObject({
      status: 422,
      body: {
        error: 'INVALID_REQUEST',
        message: expect.any(String),
        statusCode: 422,
        detail: fields.map((field) => ({ type: 'missing', loc: ['body', field], msg: 'Field required' })),
      },
    });
  });

  test.each(['x', '%00', '%zz', '%ff', 'a%2Fb', '..%2f..', 'long'.repeat(500), '😀', "' OR 1=1 --"])(
    'the id %j does not exist',
    async (id) => {
      const answer = await call('GET', `/sessions/${id}`);
      expect(answer).toMatchObject(failure(404, 'SESSION_NOT_FOUND'));
    },
  );

  test('an unknown route is 404, a known one with another method 405', async () => {
    const unknown = await call('GET', '/nothing');
    expect(unknown).toMatchObject(failure(404, 'NOT_FOUND'));
    expect(unknown.body.message).toContain('/docs');
    for (const [method, path, allow] of [
      ['PUT', '/sessions', 'POST'],
      ['DELETE', '/health', 'GET, HEAD'],
      ['POST', '/sessions/x', 'GET, HEAD, PATCH, DELETE'],
      ['PATCH', '/execute', 'POST'],
    ] as const) {
      const answer = await call(method, path, {});
      expect(answer).toMatchObject(failure(405, 'METHOD_NOT_ALLOWED'));
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  test('a body over 8 MiB is 413', async () => {
    const answer = await call('POST', '/sessions', { code: 'x'.repeat(8 * 1024 * 1024) });
    expect(answer).toMatchObject(failure(413, 'PAYLOAD_TOO_LARGE'));
  });

  test.each([1, 2])(
    'a client that writes all of %d bodies of the limit before it reads sees the 413',
    async (times) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      onTestFinished(() => void socket.destroy());
      const length = times * 8 * 1024 * 1024 + 1;
      socket.pause();
      socket.write(
        `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\nContent-Type: application/json\r\n\r\n`,
      );
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.write('x'.repeat(length), () => resolve());
      });
      let reply = '';
      for await (const chunk of socket) {
        reply += chunk;
        if (reply.includes('PAYLOAD_TOO_LARGE')) break;
      }
      expect(reply).toMatch(/^HTTP\/1.1 413 /);
    },
  );

  test('a body that is no UTF-8 is 400', async () => {
    const response = await fetch(`${server.api}/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"code":"\xff"}', 'latin1'),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject(
      failure(400, 'INVALID_REQUEST', 'The body must be UTF-8').body,
    );
  });

  test('a session is not created with the language null', async () => {
    const answer = await call('POST', '/sessions', { language: null });
    expect(answer).toMatchObject(
      failure(400, 'INVALID_LANGUAGE', expect.stringMatching(/^language must be/)),
    );
  });

  test('a body that is not JSON is 400', async () => {
    const answer = await call('POST', '/sessions', '<a/>', { 'content-type': 'application/xml' });
    expect(answer).toMatchObject(failure(400, 'INVALID_REQUEST', expect.stringMatching(/application\/json/)));
  });

  test('an unforeseen error tells nothing of the inside', async () => {
    const broken = await startTestServer({ LOG_LEVEL: 'silent' });
    try {
      await broken.app.db.$executeRawUnsafe('DROP TABLE "SessionEvent"');
      const response = await fetch(`${broken.api}/sessions`, { method: 'POST' });
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual(
        failure(500, 'INTERNAL_ERROR', 'Something went wrong on the server').body,
      );
    } finally {
      await broken.close();
    }
  });
});

const UNITTEST = `
import unittest
class Test(unittest.TestCase):
    def test_sum(self): self.assertEqual(1 + 1, 3)
unittest.main()`;

describe('execution', () => {
  test('answers output, error and time, and nothing else', async () => {
    const answer = await call('POST', '/execute', { code: 'print("a")\nprint("b")', language: 'python' });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({ output: 'a\nb', error: null, executionTime: expect.any(Number) });
  });

  test('a timeout is an answer with what was printed before, and no status that makes a browser try again', async () => {
    const code = 'console.log("started"); for (;;);';
    const answer = await call('POST', '/execute', { code, language: 'javascript', timeout: 1_000 });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      output: 'started',
      error: 'Execution timed out (1 second limit)',
      executionTime: expect.any(Number),
    });
    expect(answer.body.executionTime).toBeGreaterThanOrEqual(1_000);
  });

  test.each([
    ['sys.exit with words', 'import sys; print("a"); sys.exit("words")', 'a', 'words'],
    [
      'a failing unittest',
      UNITTEST,
      '',
      expect.stringMatching(/^F\n=+\nFAIL: test_sum.*AssertionError: 2 != 3.*FAILED/s),
    ],
    [
      'an exception',
      'class ValidationError(Exception): pass\nraise ValidationError("bad")',
      '',
      expect.stringMatching(/^Traceback.*ValidationError: bad$/s),
    ],
    ['stderr of a success', 'import sys; print("out"); print("err", file=sys.stderr)', 'out\nerr', null],
  ])('%s is told', async (_, code, output, error) => {
    const { body } = await call('POST', '/execute', { code, language: 'python' });
    expect(body).toMatchObject({ output, error });
  });

  test('a program reads the given stdin', async () => {
    const { body } = await call('POST', '/execute', {
      code: 'print(input()[::-1])',
      language: 'python',
      stdin: 'abc\n',
    });
    expect(body).toMatchObject({ output: 'cba', error: null });
    const lone = await call('POST', '/execute', '{"code":"","language":"python","stdin":"\\ud800"}');
    expect(lone).toMatchObject(failure(400, 'INVALID_REQUEST', 'stdin must not contain a lone surrogate'));
  });

  test('a full queue is 429 with Retry-After', async () => {
    const full = await startTestServer({ MAX_RUNNING: '1', MAX_QUEUED: '1' });
    onTestFinished(full.close);
    // One that runs and one that waits.
    for (let count = 0; count < 2; count += 1) full.app.executions.reserve(decideOutside(NOBODY, 'EXECUTE'));
    const refused = await fetch(`${full.api}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: '', language: 'javascript' }),
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toEqual(failure(429, 'RATE_LIMITED').body);
  });
});

describe('the rim', () => {
  test('a trailing slash is accepted on every route', async () => {
    const { status, body } = await call('POST', '/sessions/');
    expect(status).toBe(201);
    for (const path of [`/sessions/${body.id}/`, `/sessions/${body.id}/users/`, '/health/']) {
      expect((await call('GET', path)).status).toBe(200);
    }
    expect((await call('POST', '/execute/', { code: '', language: 'python' })).status).toBe(200);
  });

  test('health tells the time in UTC', async () => {
    const { status, body } = await call('GET', '/health');
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  test('every origin may call, without credentials, any method and any header', async () => {
    const origin = 'https://interviews.example';
    const preflight = await fetch(`${server.api}/sessions/x`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'content-type, x-anything',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type, x-anything');

    for (const path of [server.graphql, `${server.api}/health`, `${server.api}/nothing`]) {
      const { headers } = await fetch(path, { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe(origin);
    }
  });

  test('CORS_ORIGINS narrows who may call', async () => {
    const narrow = await startTestServer({ CORS_ORIGINS: 'https://a.example, https://b.example' });
    try {
      const allowed = async (origin: string) =>
        (await fetch(`${narrow.api}/health`, { headers: { origin } })).headers.get(
          'access-control-allow-origin',
        );
      expect(await allowed('https://b.example')).toBe('https://b.example');
      expect(await allowed('https://c.example')).toBeNull();
      expect(await upgrade(narrow.graphql, 'https://b.example')).toBe(101);
      expect(await upgrade(narrow.graphql)).toBe(101);
      // A page of its own, as GraphiQL is.
      expect(await upgrade(narrow.graphql, narrow.url)).toBe(101);
      expect(await upgrade(narrow.graphql, 'https://c.example')).toBe(403);
      expect(await upgrade(narrow.graphql, 'null')).toBe(403);
      expect(await upgrade(server.graphql, 'https://c.example')).toBe(101);
    } finally {
      await narrow.close();
    }
  });
});

/** The status of a WebSocket's opening handshake. */
function upgrade(url: string, origin?: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', {
      ...(origin && { origin }),
    });
    socket.on('error', () => {});
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
  });
}

describe('documents', () => {
  test('/openapi.json describes the routes with their bodies and errors', async () => {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(document.openapi).toBe('3.1.0');
    const routes = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'DELETE /api/v1/keys/{id}',
      'DELETE /api/v1/sessions/{sessionId}',
      'DELETE /api/v1/sessions/{sessionId}/invites/{inviteId}',
      'DELETE /api/v1/sessions/{sessionId}/users/{userId}',
      'GET /api/v1/health',
      'GET /api/v1/keys',
      'GET /api/v1/sessions/{sessionId}',
      'GET /api/v1/sessions/{sessionId}/events',
      'GET /api/v1/sessions/{sessionId}/invites',
      'GET /api/v1/sessions/{sessionId}/users',
      'GET /api/v1/viewer',
      'PATCH /api/v1/sessions/{sessionId}',
      'PATCH /api/v1/sessions/{sessionId}/users/{userId}',
      'POST /api/v1/execute',
      'POST /api/v1/keys',
      'POST /api/v1/sessions',
      'POST /api/v1/sessions/{sessionId}/edits',
      'POST /api/v1/sessions/{sessionId}/invites',
      'POST /api/v1/sessions/{sessionId}/participants',
      'POST /api/v1/sessions/{sessionId}/users',
      'POST /api/v1/tickets',
    ]);
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      'ApiKey',
      'ApiKeys',
      'CodeEdit',
      'EditResult',
      'Error',
      'Execution',
      'ExecutionResult',
      'Health',
      'Invite',
      'Invites',
      'JoinedUser',
      'MissingFields',
      'NewApiKey',
      'NewInvite',
      'Participant',
      'Session',
      'SessionEvent',
      'SessionEvents',
      'TextChange',
      'Ticket',
      'User',
      'UserWithRole',
      'Users',
      'Viewer',
    ]);
    expect(document.paths['/api/v1/sessions'].post.requestBody.required).toBe(false);
    expect(document.paths['/api/v1/execute'].post.requestBody.required).toBe(true);
    const join = document.paths['/api/v1/sessions/{sessionId}/users'].post;
    expect(JSON.stringify(join.requestBody)).toContain('"maxLength":100');
  });

  test.each(['/docs', '/redoc'])('%s and what it loads come from this server', async (page) => {
    const response = await fetch(server.url + page);
    expect(response.status).toBe(200);
    const html = await response.text();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(loaded.length).toBeGreaterThan(0);
    for (const url of loaded.filter((url) => !url.startsWith('data:'))) {
      const absolute = new URL(url, response.url);
      expect(absolute.host).toBe(new URL(server.url).host);
      const asset = await fetch(absolute, { headers: { accept: 'text/html, */*' } });
      expect(asset.status).toBe(200);
      await asset.arrayBuffer();
    }
  });
});
