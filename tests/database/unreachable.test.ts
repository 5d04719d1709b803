import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isUnavailable } from '../../src/database/errors.ts';
import { postgresqlDriver } from '../../src/database/postgresql.ts';
import { parsePostgresqlUrl } from '../../src/database/postgresql-url.ts';

const LIMITS = { poolSize: 2, statementTimeoutMs: 200, connectTimeoutMs: 300 };

/** Takes connections and says nothing. */
const silent = createServer((socket) => socket.on('error', () => {}));
beforeAll(async () => {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => void silent.close());
const silentHost = () => `127.0.0.1:${(silent.address() as AddressInfo).port}`;

describe.each([
  ['is silent', () => silentHost()],
  ['refuses', () => '127.0.0.1:1'],
  ['has a name that nobody knows', () => 'no-such-host.invalid'],
])('a server that %s', (_, host) => {
  test.each([
    ['alone', () => `${host()}/db`],
    ['as one of two', () => `${host()},${host()}/db`],
    ['that must be the primary', () => `${host()}/db?target_session_attrs=primary`],
  ])('is away: %s', async (_where, place) => {
    const servers = parsePostgresqlUrl(`postgresql://user:secret@${place()}`);
    if (!servers) throw new Error('No URL of PostgreSQL');
    const driver = postgresqlDriver(servers, LIMITS);
    for (const attempt of [() => driver.sessions.load('id'), () => driver.exclusively(async () => {})]) {
      const error = await attempt().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Error);
      expect(isUnavailable(error)).toBe(true);
    }
  });
});

test('a client that breaks off its request is not taken for it', () => {
  expect(isUnavailable(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))).toBe(false);
});
