import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort, type ScratchServer } from '../../prisma/scratch.ts';
import { clientsOf } from '../support/api-clients.ts';
import { startPostgresql } from '../support/database.ts';
import { databaseUrl, sql } from '../support/migrations.ts';
import { startProxy } from '../support/proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

async function start(url: string, settings: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const server = await startTestServer({
    DATABASE_URL: url,
    DATABASE_START_TIMEOUT: '1',
    DATABASE_CONNECT_TIMEOUT: '2000',
    LOG_LEVEL: 'silent',
    ...settings,
  });
  onTestFinished(server.close);
  return server;
}

async function works(server: TestServer): Promise<boolean> {
  return (await clientsOf(server).REST.createSession()).value !== undefined;
}

async function newServer(): Promise<ScratchServer> {
  const postgresql = await startPostgresql();
  onTestFinished(postgresql.remove);
  return postgresql;
}

/** The URL with other hosts. */
function at(url: string, ...hosts: string[]): string {
  return url.replace(/127\.0\.0\.1:\d+/, hosts.join());
}

const hostOf = (url: string) => new URL(url).host;

describe('sslmode', () => {
  /** A server with a certificate that nobody knows, which takes no other connections to databases named `encrypted`. */
  async function encryptedServer(): Promise<string> {
    const { url } = await newServer();
    const [{ data_directory: data } = {}] = await sql(url, 'SHOW data_directory');
    const folder = String(data);
    const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
    const subject = ['-subj', '/CN=scratch', '-days', '2', '-nodes'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', key, '-out', certificate],
      {
        stdio: 'ignore',
      },
    );
    const { uid, gid } = statSync(folder);
    for (const file of [key, certificate]) chownSync(file, uid, gid);
    chmodSync(key, 0o600);
    const rules = join(folder, 'pg_hba.conf');
    writeFileSync(rules, `hostnossl encrypted all all reject\n${readFileSync(rules, 'utf8')}`);
    await sql(url, 'CREATE DATABASE encrypted');
    await sql(url, 'ALTER SYSTEM SET ssl = on');
    await sql(url, 'SELECT pg_reload_conf()');
    await expect.poll(() => sql(url, 'SHOW ssl')).toEqual([{ ssl: 'on' }]);
    return url.replace(/postgres$/, 'encrypted');
  }

  const isEncrypted = ({ app }: TestServer) =>
    app.db.$queryRawUnsafe('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');

  test('a server with a certificate that nobody knows', async () => {
    const url = await encryptedServer();
    for (const mode of ['require', 'prefer', 'allow']) {
      const server = await start(`${url}?sslmode=${mode}`);
      expect(await isEncrypted(server)).toEqual([{ ssl: true }]);
      expect(await works(server)).toBe(true);
    }
    await expect(start(`${url}?sslmode=verify-full`)).rejects.toThrow(/self-signed certificate/);
    await expect(start(`${url}?sslmode=disable`)).rejects.toThrow(/pg_hba|reject/);
  });

  test('a server without encryption', async () => {
    const url = await databaseUrl();
    for (const mode of ['prefer', 'allow', 'disable']) {
      const server = await start(`${url}?sslmode=${mode}`);
      expect(await isEncrypted(server)).toEqual([{ ssl: false }]);
      expect(await works(server)).toBe(true);
    }
    await expect(start(`${url}?sslmode=require`)).rejects.toThrow(/does not support SSL/);
  });
});

describe('several hosts', () => {
  test('the first that is there is taken, and the next one when it goes', async () => {
    const url = await databaseUrl();
    const proxy = await startProxy(url);
    const server = await start(at(url, `127.0.0.1:${await freePort()}`, hostOf(proxy.url), hostOf(url)));
    expect(await works(server)).toBe(true);
    proxy.close();
    await expect.poll(() => works(server)).toBe(true);
  });

  test('none is there: all are named, and requests are told that the database is away', async () => {
    const url = await databaseUrl();
    const [one, other] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    await expect(start(at(url, one, other))).rejects.toThrow(`on ${one}, ${other} cannot be opened (`);
    const proxy = await startProxy(url);
    const server = await start(at(url, one, hostOf(proxy.url)));
    proxy.close();
    await expect
      .poll(async () => (await fetch(`${server.api}/sessions`, { method: 'POST' })).status)
      .toBe(503);
  });

  test('target_session_attrs passes over servers that only let us read', async () => {
    const standby = await newServer();
    await sql(standby.url, 'ALTER SYSTEM SET default_transaction_read_only = on');
    await sql(standby.url, 'SELECT pg_reload_conf()');
    const primary = await newServer();
    const hosts = [hostOf(standby.url), hostOf(primary.url)];
    const url = `${at(primary.url, ...hosts)}?target_session_attrs=read-write`;
    expect(await works(await start(url))).toBe(true);
    expect(await sql(primary.url, 'SELECT count(*)::int AS count FROM "Session"')).toEqual([{ count: 1 }]);
    await expect(start(`${standby.url}?target_session_attrs=read-write`)).rejects.toThrow(
      /the server is not read-write/,
    );
  });
});
