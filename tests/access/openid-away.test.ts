import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';
import { AUDIENCE, startOpenIdProvider, type TestOpenIdProvider } from '../support/openid-provider.ts';

const VIEWER = '{ viewer { kind } }';

let provider: TestOpenIdProvider;
let server: AccessServer;
let token: string;
beforeAll(async () => {
  provider = await startOpenIdProvider();
  token = await provider.token();
  provider.goAway(true);
  server = await startAccessServer({ OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE });
});
afterAll(() => server.close());

test('the provider being away is 503 with Retry-After for who shows a token of it, for both APIs', async () => {
  for (const answer of [
    await server.rest('GET', '/viewer', token),
    await server.rest('POST', '/sessions', token, {}),
    await server.ask(VIEWER, token),
  ]) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).toContain('SERVICE_UNAVAILABLE');
  }
});

test('it is nothing to others: a key, a participant, nobody, and who shows what cannot be a token', async () => {
  const key = await server.key('SESSIONS');
  const { id } = (await server.rest('POST', '/sessions', key, {})).body;
  const { token: host } = await server.participant(id, 'HOST');
  for (const [shown, kind] of [
    [OPERATOR_KEY, 'API_KEY'],
    [key, 'API_KEY'],
    [host, 'PARTICIPANT'],
    [null, 'ANONYMOUS'],
  ] as const) {
    expect((await server.ask(VIEWER, shown)).body).toEqual({ data: { viewer: { kind } } });
  }
  expect((await server.rest('GET', '/viewer', 'nonsense')).status).toBe(401);
  expect((await server.rest('GET', '/health', token)).status).toBe(200);
});
