import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { mintApiKey } from '../../src/access/api-keys.ts';
import { callerOf } from '../../src/access/caller.ts';
import { decideOutside } from '../../src/access/decide.ts';
import { createSession, updateSession } from '../../src/sessions/service.ts';
import { createParticipant, createTicket, setRole } from '../../src/users/participants.ts';
import { leaveSession } from '../../src/users/service.ts';
import { idOfCredential } from '../support/closed-server.ts';
import { openEventStream } from '../support/event-stream.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

const OPERATOR_KEY = 'a key of the operator, of 38 characters';
/** Of a secret in base64url, in which `_` is a letter. */
const SECRET_LENGTH = 43;
const GARBAGE = `cip_${'0'.repeat(16)}_${'A'.repeat(SECRET_LENGTH)}`;

let open: TestServer;
let closed: TestServer;
beforeAll(async () => {
  // Each test comes from an address of its own, so that the failures of others do not count.
  const settings = { TRUSTED_PROXIES: 'loopback', OPERATOR_KEY };
  open = await startTestServer(settings);
  closed = await startTestServer({ ...settings, ACCESS: 'closed' });
});
afterAll(() => Promise.all([open.close(), closed.close()]));

let address = 0;
beforeEach(() => {
  address += 1;
});
const from = () => ({ 'x-forwarded-for': `203.0.113.${address}` });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const get = (server: TestServer, path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { ...from(), ...headers } });
const ask = (server: TestServer, headers: Record<string, string> = {}) =>
  fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...from(), ...headers },
    body: JSON.stringify({ query: '{ __typename }' }),
  });

/** A participant of a session of its own. */
async function participant({ app }: TestServer) {
  const context = { app, caller: callerOf({ kind: 'SYSTEM' }) };
  const { id } = await createSession(context, {});
  const joined = await createParticipant(context, id, { name: 'Ada', role: 'HOST', tokenExpiresAt: null });
  return { ...joined, context, sessionId: id };
}

const MODES = ['open', 'closed'] as const;
const serverOf = (mode: (typeof MODES)[number]) => (mode === 'open' ? open : closed);

describe.each(MODES)('with ACCESS=%s', (mode) => {
  test.each([
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['a token that nobody made', GARBAGE],
    ['a JWT without a provider', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('%s as bearer is 401, over REST and over GraphQL', async (_what, token) => {
    const rest = await get(serverOf(mode), '/api/v1/sessions/nothing000', bearer(token));
    expect(rest.status).toBe(401);
    expect(rest.headers.get('www-authenticate')).toBe('Bearer');
    expect(await rest.json()).toMatchObject({ error: 'UNAUTHENTICATED', statusCode: 401 });
    const answer = await ask(serverOf(mode), bearer(token));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('what is public does not look at credentials', async () => {
    for (const path of ['/api/v1/health', '/openapi.json', '/docs']) {
      expect((await get(serverOf(mode), path, bearer('garbage'))).status, path).toBe(200);
    }
  });

  test('a credential of another scheme is none', async () => {
    expect((await ask(serverOf(mode), { authorization: 'Basic YTpi' })).status).toBe(200);
  });

  test('good credentials are taken: the key of the operator, an API key, a participant token', async () => {
    const server = serverOf(mode);
    const permit = decideOutside(callerOf({ kind: 'SYSTEM' }), 'MANAGE_KEYS');
    const key = await mintApiKey(server.app.db, permit, { name: 'k', scopes: ['SESSIONS'], expiresAt: null });
    const { token } = await participant(server);
    for (const text of [OPERATOR_KEY, key.token, token])
      expect((await ask(server, bearer(text))).status).toBe(200);
  });

  test('an invite and a ticket are no bearers, and a ticket opens streams by URL alone', async () => {
    const server = serverOf(mode);
    const { context, sessionId, token, user } = await participant(server);
    const identity = {
      kind: 'PARTICIPANT',
      tokenId: idOfCredential(token),
      sessionId,
      userId: user.id,
    } as const;
    const caller = callerOf({ ...identity, role: 'HOST', expiresAt: null, expiresWithSession: false });
    const ticket = await createTicket({ ...context, caller });
    expect((await ask(server, bearer(ticket.token))).status).toBe(401);
    const path = `/api/v1/sessions/${sessionId}`;
    expect((await get(server, `${path}?ticket=${ticket.token}`)).status).toBe(401);
    const stream = await openEventStream(`${server.url}${path}/events?ticket=${ticket.token}`, from());
    onTestFinished(() => stream.stop());
    expect(stream.status).toBe(200);
    const wrong = await get(server, `${path}/events?ticket=${token}`, { accept: 'text/event-stream' });
    expect(wrong.status).toBe(401);
  });

  test('guessing is slow: ten failures, then 429, while good credentials and other addresses go on', async () => {
    const server = serverOf(mode);
    for (let count = 0; count < 10; count += 1) expect((await ask(server, bearer(GARBAGE))).status).toBe(401);
    const refused = await ask(server, bearer(GARBAGE));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    const overRest = await get(server, '/api/v1/sessions/nothing000', bearer(GARBAGE));
    expect(overRest.status).toBe(429);
    expect((await ask(server, bearer(OPERATOR_KEY))).status).toBe(200);
    address += 100;
    expect((await ask(server, bearer(GARBAGE))).status).toBe(401);
  });

  test('a WebSocket with a bad token closes with 4401', async () => {
    const socket = await openSocket(serverOf(mode).graphql, { params: { token: GARBAGE }, headers: from() });
    expect(await socket.closed).toBe(4401);
  });

  test('a WebSocket with a token is that user, whatever it claims to be', async () => {
    const server = serverOf(mode);
    const { sessionId, user, token } = await participant(server);
    const params = { token, sessionId: 'another000', userId: 'another0' };
    const socket = await openSocket(server.graphql, { params, headers: from() });
    onTestFinished(() => socket.raw.terminate());
    expect(server.app.presence.find({ sessionId, userId: user.id })).toMatchObject({ userId: user.id });
  });

  test('a WebSocket closes with 4401 when its user is removed', async () => {
    const server = serverOf(mode);
    const { context, sessionId, user, token } = await participant(server);
    const socket = await openSocket(server.graphql, { params: { token }, headers: from() });
    await leaveSession(context, sessionId, user.id);
    const since = performance.now();
    expect(await socket.closed).toBe(4401);
    expect(performance.now() - since).toBeLessThan(1_000);
  });

  test.each([
    ['leaveSession', (sessionId: string, userId: string) => `sessionId: "${sessionId}", userId: "${userId}"`],
    ['deleteSession', (sessionId: string) => `id: "${sessionId}"`],
  ])('who ends its own access by %s gets the answer before 4401', async (field, input) => {
    const server = serverOf(mode);
    const { sessionId, user, token } = await participant(server);
    const socket = await openSocket(server.graphql, { params: { token }, headers: from() });
    // A stream of the log knows of the end before the command has returned.
    socket.subscribe('1', `subscription { sessionEvents(sessionId: "${sessionId}", after: 1) { seq } }`);
    expect(await socket.next()).toMatchObject({ id: '1' });
    socket.subscribe('2', `mutation { ${field}(input: { ${input(sessionId, user.id)} }) { __typename } }`);
    const answers = [];
    for (let next = await socket.next(); next; next = await socket.next()) answers.push(next);
    expect(answers).toContainEqual(
      expect.objectContaining({ id: '2', payload: { data: { [field]: expect.anything() } } }),
    );
    expect(await socket.closed).toBe(4401);
  });

  test.each([
    ['sessionEvents(sessionId: $id)', 4401],
    ['session(id: $id)', 4401],
    ['sessionEvents(sessionId: $id)', 4403],
    ['session(id: $id)', 4403],
  ])('nothing of a later seq comes over %s before %i', async (field, code) => {
    const server = serverOf(mode);
    const { context, sessionId, user, token } = await participant(server);
    const socket = await openSocket(server.graphql, { params: { token }, headers: from() });
    const seqs: number[] = [];
    socket.raw.on('message', (data) => {
      const { payload } = JSON.parse(String(data));
      if (payload?.data) seqs.push(payload.data.result.seq);
    });
    socket.subscribe('1', `subscription ($id: ID!) { result: ${field} { seq } }`, { id: sessionId });
    const edit = (text: string) => updateSession(context, sessionId, { code: text });
    // The subscription stands when the first one comes.
    await expect
      .poll(async () => {
        await edit(`${performance.now()}`);
        return seqs.length;
      })
      .toBeGreaterThan(0);
    const ended =
      code === 4401
        ? leaveSession(context, sessionId, user.id)
        : setRole(context, { sessionId, userId: user.id }, 'OBSERVER');
    const edits = Array.from({ length: 20 }, (_, index) => edit(`after ${index}`));
    await ended;
    const { seq } = await server.app.db.sessionEvent.findFirstOrThrow({
      where: { sessionId, type: { in: ['UserLeft', 'RoleChanged'] } },
    });
    await Promise.all(edits);
    expect(await socket.closed).toBe(code);
    expect(seqs.filter((each) => each >= seq)).toEqual([]);
  });

  test.each([
    ['ACCESS_REVOKED', 'ends'],
    ['ACCESS_CHANGED', 'changes'],
  ])('event streams end with %s when the access %s, over REST and over GraphQL', async (code, what) => {
    const server = serverOf(mode);
    const { context, sessionId, user, token } = await participant(server);
    const query = `subscription { sessionEvents(sessionId: "${sessionId}") { seq } }`;
    const urls = [
      `${server.api}/sessions/${sessionId}/events?after=2`,
      `${server.graphql}?query=${encodeURIComponent(query)}`,
    ];
    const streams = await Promise.all(
      urls.map((url) => openEventStream(url, { ...from(), ...bearer(token) })),
    );
    onTestFinished(() => {
      for (const stream of streams) stream.stop();
    });
    const [rest, graphql] = streams;
    if (what === 'ends') await server.app.db.participantToken.deleteMany({ where: { userId: user.id } });
    else await setRole(context, { sessionId, userId: user.id }, 'OBSERVER');
    const last = async (stream = rest) => {
      const messages = [];
      for (let next = await stream?.next(); next; next = await stream?.next()) messages.push(next);
      return messages.filter(({ event }) => event !== 'complete').at(-1);
    };
    const overRest = await last(rest);
    expect(overRest?.event).toBe('error');
    expect(JSON.parse(overRest?.data ?? '')).toMatchObject({ error: code });
    expect(JSON.parse((await last(graphql))?.data ?? '')).toMatchObject({
      errors: [{ extensions: { code } }],
    });
  });

  test('a WebSocket closes with 4403 when its role changes, and comes back with the same token', async () => {
    const server = serverOf(mode);
    const { user, token } = await participant(server);
    const socket = await openSocket(server.graphql, { params: { token }, headers: from() });
    await server.app.db.user.updateMany({ where: { id: user.id }, data: { role: 'OBSERVER' } });
    expect(await socket.closed).toBe(4403);
    const again = await openSocket(server.graphql, { params: { token }, headers: from() });
    onTestFinished(() => again.raw.terminate());
    expect(again.raw.readyState).toBe(WebSocket.OPEN);
  });
});

test('a WebSocket without a token is refused where access is closed, and nobody where it is open', async () => {
  const refused = await openSocket(closed.graphql, { headers: from() });
  expect(await refused.closed).toBe(4401);
  for (const params of [undefined, { token: null }]) {
    const socket = await openSocket(open.graphql, { headers: from(), ...(params && { params }) });
    onTestFinished(() => socket.raw.terminate());
    expect(socket.raw.readyState).toBe(WebSocket.OPEN);
  }
});

test('no line of the log holds a secret', async () => {
  const server = await startTestServer({ LOG_LEVEL: 'trace', OPERATOR_KEY });
  const lines: string[] = [];
  const { log } = server.app;
  for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
    log[level] = (...args: unknown[]) => void lines.push(JSON.stringify(args));
  }
  const { token } = await participant(server);
  await ask(server, bearer(token));
  await ask(server, bearer(GARBAGE));
  await ask(server, bearer(OPERATOR_KEY));
  expect(lines.length).toBeGreaterThan(0);
  for (const text of [token.slice(-SECRET_LENGTH), GARBAGE.slice(-SECRET_LENGTH), OPERATOR_KEY]) {
    expect(lines.join('\n')).not.toContain(text);
  }
  await server.close();
});
