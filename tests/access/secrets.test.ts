import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { OPERATOR_KEY } from '../support/closed-server.ts';
import { openEventStream } from '../support/event-stream.ts';
import { spawnServer } from '../support/process.ts';
import { openSocket } from '../support/socket.ts';

/** Of a secret in base64url, in which `_` is a letter. */
const SECRET_LENGTH = 43;

test('neither the log at trace nor the database holds a secret after every credential was used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-secrets-'));
  const server = spawnServer(
    {
      HOST: '127.0.0.1',
      PORT: '0',
      ACCESS: 'closed',
      OPERATOR_KEY,
      LOG_LEVEL: 'trace',
      SANDBOX_WAITING: '0',
    },
    folder,
  );
  const url = await server.url();
  const secrets: string[] = [OPERATOR_KEY];
  /** Notes the secret of a credential. */
  const shown = (token: string) => {
    secrets.push(token.slice(-SECRET_LENGTH));
    return token;
  };
  const rest = async (method: string, path: string, token: string | null, body?: object) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: JSON.parse((await response.text()) || 'null') };
  };
  const ask = (query: string, token: string, variables = {}) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });

  const scopes = ['sessions', 'execute'];
  const key = shown((await rest('POST', '/keys', OPERATOR_KEY, { name: 'shop', scopes })).body.token);
  const { id } = (await rest('POST', '/sessions', key, {})).body;
  const path = `/sessions/${id}`;
  const invite = shown((await rest('POST', `${path}/invites`, key, { role: 'host' })).body.token);
  const joined = (await rest('POST', `${path}/users`, null, { invite })).body;
  const token = shown(joined.token);
  await rest('POST', `${path}/users`, null, { invite });
  const other = await rest('POST', `${path}/participants`, key, { role: 'observer', externalId: 'u' });
  shown(other.body.token);
  const byInvite =
    'mutation ($invite: String!, $id: ID!) { joinSession(input: { sessionId: $id, invite: $invite }) { __typename } }';
  await ask(byInvite, token, { id, invite });
  const inline = byInvite
    .replace(/\(.*?\) \{/, '{')
    .replace('$id', `"${id}"`)
    .replace('$invite', `"${invite}"`);
  await ask(inline, token);
  await ask(
    'mutation { createApiKey(input: { name: "x", scopes: [EXECUTE] }) { __typename } }',
    OPERATOR_KEY,
  );
  const ticket = shown((await rest('POST', '/tickets', token)).body.token);
  const stream = await openEventStream(`${url}/api/v1${path}/events?ticket=${ticket}`);
  await stream.next();
  const socket = await openSocket(`${url}/graphql`, { params: { token } });
  const refused = await openSocket(`${url}/graphql`, { params: { token: `${token}x` } });
  expect(await refused.closed).toBe(4401);
  const document = new WebSocket(`${url.replace('http', 'ws')}/yjs/${id}`, [`bearer.${token}`]);
  await new Promise((resolve) => document.once('message', resolve));
  for (const wrong of ['nonsense-that-nobody-made', `${key}x`, `eyJhbGciOiJub25lIn0.${ticket}.x`]) {
    expect((await rest('GET', path, wrong)).status).toBe(401);
  }
  secrets.push('nonsense-that-nobody-made');
  expect((await fetch(`${url}/api/v1${path}?ticket=${ticket}`)).status).toBe(401);
  await rest('DELETE', `${path}/users/${joined.id}`, key);
  expect(await socket.closed).toBe(4401);
  stream.stop();
  document.terminate();
  server.child.kill('SIGTERM');
  await server.exit();

  const log = server.output();
  expect(log).toContain('"SQL"');
  const files = (await readdir(join(folder, 'data'))).map((file) => join(folder, 'data', file));
  const database = (await Promise.all(files.map((file) => readFile(file)))).map((bytes) =>
    bytes.toString('latin1'),
  );
  expect(database.join()).toContain(joined.id);
  expect(secrets.length).toBeGreaterThan(6);
  for (const secret of secrets) {
    expect(log).not.toContain(secret);
    expect(database.join()).not.toContain(secret);
  }
  await rm(folder, { recursive: true });
});
