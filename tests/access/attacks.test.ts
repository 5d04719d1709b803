import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { AUDIENCE, startOpenIdProvider, type TestOpenIdProvider } from '../support/openid-provider.ts';
import { openSocket } from '../support/socket.ts';

let provider: TestOpenIdProvider;
let server: AccessServer;
let owner: string;
let sessionId: string;
let host: { token: string; userId: string };
let observer: { token: string; userId: string };
let elsewhere: string;
let otherKey: string;
beforeAll(async () => {
  provider = await startOpenIdProvider();
  server = await startAccessServer({
    OIDC_ISSUER: provider.issuer,
    OIDC_AUDIENCE: AUDIENCE,
    GRAPHQL_BATCH_LIMIT: '5',
  });
  owner = await server.key('SESSIONS');
  otherKey = await server.key('SESSIONS');
  sessionId = (await server.rest('POST', '/sessions', owner, {})).body.id;
  host = await server.participant(sessionId, 'HOST');
  observer = await server.participant(sessionId, 'OBSERVER');
  const another = (await server.rest('POST', '/sessions', owner, {})).body.id;
  elsewhere = (await server.participant(another, 'HOST')).token;
});
afterAll(() => server.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const json = { 'content-type': 'application/json' };
const strangers = () => [null, elsewhere, otherKey];
const post = (url: string, headers: Record<string, string>, body: object) =>
  fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const READ = 'query ($id: ID!) { session(id: $id) { id code users { id } } }';

describe('a ticket', () => {
  const newTicket = async () => (await server.rest('POST', '/tickets', host.token)).body.token;

  test.each([
    ['POST', 'text/event-stream'],
    ['POST', 'text/event-stream-of-mine, application/json'],
    ['GET', 'text/event-stream-of-mine, application/json'],
    ['GET', 'application/json, text/event-stream'],
  ])('opens nothing by %s with %s', async (method, accept) => {
    const query = `{ session(id: "${sessionId}") { code } }`;
    const url = `${server.graphql}?ticket=${await newTicket()}`;
    const response =
      method === 'POST'
        ? await post(url, { accept }, { query })
        : await fetch(`${url}&query=${encodeURIComponent(query)}`, { headers: { accept } });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('"data"');
  });

  test('opens no route that is no stream', async () => {
    const headers = { accept: 'text/event-stream' };
    for (const path of [`/sessions/${sessionId}`, `/sessions/${sessionId}/users`, '/viewer']) {
      const response = await fetch(`${server.api + path}?ticket=${await newTicket()}`, { headers });
      expect(response.status).toBe(401);
    }
  });

  test('that is given twice is a wrong one, where access is open as well', async () => {
    const open = await startAccessServer({ ACCESS: 'open' });
    onTestFinished(() => open.close());
    for (const { graphql } of [server, open]) {
      const response = await fetch(`${graphql}?query={viewer{kind}}&ticket=a&ticket=b`);
      expect(response.status).toBe(401);
    }
  });
});

test('a token of the OpenID provider leaves nothing behind where it opens no stream', async () => {
  const token = await provider.token();
  const own = (await server.rest('POST', '/sessions', token, {})).body.id;
  for (const url of [
    `${server.api}/sessions/${own}/events`,
    server.url +
      subscriptionUrl('/graphql', 'subscription ($id: ID!) { session(id: $id) { id } }', { id: own }),
  ]) {
    expect((await openEventStream(url, bearer(token))).status).toBe(401);
  }
  expect(server.app.connections.subscriptions).toBe(0);
  expect(server.app.events.broadcaster.listenerCount + server.app.states.broadcaster.listenerCount).toBe(0);
});

describe('whom a client claims to be', () => {
  const claimed = () => ({ 'x-session-id': sessionId, 'x-user-id': observer.userId });
  const isOnline = (userId: string) => server.app.presence.find({ sessionId, userId }) !== undefined;

  test('counts for nothing in headers, without a token and beside one', async () => {
    const url = `${server.api}/sessions/${sessionId}`;
    expect((await fetch(url, { headers: claimed() })).status).toBe(401);
    const stream = await openEventStream(`${url}/events`, { ...claimed(), ...bearer(host.token) });
    onTestFinished(() => stream.stop());
    expect(stream.status).toBe(200);
    expect([isOnline(host.userId), isOnline(observer.userId)]).toEqual([true, false]);
  });

  test('counts for nothing in connectionParams', async () => {
    const params = { sessionId, userId: observer.userId };
    expect(await (await openSocket(server.graphql, { params })).closed).toBe(4401);
    const socket = await openSocket(server.graphql, { params: { ...params, token: host.token } });
    onTestFinished(() => socket.raw.terminate());
    expect([isOnline(host.userId), isOnline(observer.userId)]).toEqual([true, false]);
    const change = (id: string) =>
      `mutation { updatePresence(input: { sessionId: "${sessionId}", userId: "${id}", typing: true }) { __typename } }`;
    socket.subscribe('1', change(observer.userId));
    expect(await socket.next()).toMatchObject({
      payload: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    });
  });
});

describe('what somebody else was answered', () => {
  test('is not given to who may not read it, however often it was kept', async () => {
    for (let count = 0; count < 3; count += 1) {
      expect((await server.ask(READ, owner, { id: sessionId })).body.data.session.id).toBe(sessionId);
    }
    for (const token of strangers()) {
      const { text } = await server.ask(READ, token, { id: sessionId });
      expect(text).not.toContain(host.userId);
    }
    const batch = [owner, otherKey].map((token) =>
      post(server.graphql, bearer(token), [{ query: READ, variables: { id: sessionId } }]),
    );
    const [own, other] = await Promise.all(batch.map(async (answer) => (await answer).text()));
    expect(own).toContain(host.userId);
    expect(other).not.toContain(host.userId);
  });

  test('is not shared between the subscriptions of two roles', async () => {
    const query = `subscription { sessionEvents(sessionId: "${sessionId}") {
      ... on SessionUpdated { session { invites { id } } } } }`;
    const sockets = await Promise.all(
      [host, observer].map(({ token }) => openSocket(server.graphql, { params: { token } })),
    );
    onTestFinished(() => {
      for (const { raw } of sockets) raw.terminate();
    });
    for (const socket of sockets) socket.subscribe('1', query);
    await expect.poll(() => server.app.connections.subscriptions).toBe(sockets.length);
    await server.rest('PATCH', `/sessions/${sessionId}`, owner, { code: 'shared' });
    const [first, second] = await Promise.all(sockets.map((socket) => socket.next()));
    expect(first?.payload).toMatchObject({ data: { sessionEvents: { session: { invites: [] } } } });
    expect(second?.payload).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  test('cannot be asked for by a hash', async () => {
    const persistedQuery = { version: 1, sha256Hash: '0'.repeat(64) };
    const answer = await post(server.graphql, {}, { extensions: { persistedQuery } });
    expect(await answer.text()).not.toContain('"data"');
  });

  test('shows no version of itself', async () => {
    const { headers } = await server.rest('GET', `/sessions/${sessionId}`, owner);
    const path = `${server.api}/sessions/${sessionId}`;
    for (const token of strangers()) {
      for (const method of ['GET', 'HEAD']) {
        const shown = token === null ? {} : bearer(token);
        for (const version of ['*', headers.get('etag') ?? '']) {
          const answer = await fetch(path, { method, headers: { ...shown, 'if-none-match': version } });
          expect(answer.status).toBe(token === null ? 401 : 404);
          expect(answer.headers.get('etag')).toBeNull();
        }
      }
    }
  });
});

describe('another way in', () => {
  test.each([
    ['GET', (id: string) => `/api/v1/sessions/%${id.charCodeAt(0).toString(16)}${id.slice(1)}`],
    ['GET', (id: string) => `/api/v1//sessions/${id}`],
    ['GET', (id: string) => `/api/v1/sessions/${id}/`],
    ['GET', (id: string) => `/API/V1/sessions/${id}`],
    ['GET', (id: string) => `/api/v1/health/../sessions/${id}`],
    ['GET', (id: string) => `/api/v1/health%2f..%2fsessions%2f${id}`],
    ['HEAD', (id: string) => `/api/v1/sessions/${id}`],
    ['HEAD', (id: string) => `/api/v1/sessions/${id}/events`],
    ['OPTIONS', (id: string) => `/api/v1/sessions/${id}`],
    ['HEAD', () => '/metrics'],
    ['GET', () => '/metrics/'],
    ['GET', () => '/%6detrics'],
    ['GET', () => '/graphql?query={health{database}}'],
  ])('by %s %s gives nothing', async (method, path) => {
    for (const token of strangers()) {
      const shown = token === null ? {} : bearer(token);
      const answer = await fetch(server.url + path(sessionId), { method, headers: shown });
      expect(await answer.text()).not.toMatch(
        new RegExp(`${host.userId}|shared|process_cpu|sqlite|postgresql`),
      );
    }
  });

  test('over a nested field is refused at its place', async () => {
    const joined = await server.rest('POST', `/sessions/${sessionId}/invites`, owner, { role: 'observer' });
    const { body } = await server.ask(
      `mutation { joinSession(input: { sessionId: "${sessionId}", invite: "${joined.body.token}" }) {
        ... on JoinSessionPayload { session { events { edges { cursor } } } } } }`,
      null,
    );
    expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
    const foreign = `mutation { createInvite(input: { sessionId: "${sessionId}", role: HOST, userId: "${observer.userId}" }) {
      __typename } }`;
    expect((await server.ask(foreign, elsewhere)).text).toContain('SessionNotFoundError');
    expect((await server.ask(foreign, observer.token)).body.errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('guessing', () => {
  const guess = (target: AccessServer, forwarded: string) =>
    fetch(`${target.api}/viewer`, { headers: { ...bearer('nonsense'), 'x-forwarded-for': forwarded } });

  test('is counted by the address that a trusted proxy saw, whatever is said before it', async () => {
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await guess(server, `10.0.0.${count}, 192.0.2.7`)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await guess(server, '192.0.2.8')).status).toBe(401);
  });

  test('is counted by the address of the socket where no proxy is trusted', async () => {
    const alone = await startAccessServer({ TRUSTED_PROXIES: '192.0.2.1' });
    onTestFinished(() => alone.close());
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await guess(alone, `10.0.0.${count}`)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await alone.rest('GET', '/viewer', OPERATOR_KEY)).status).toBe(200);
  });
});
