import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from '../../src/database/url.ts';

describe('DATABASE_URL', () => {
  test.each([
    ['file:./data/x.db', './data/x.db'],
    ['file:/abs/x.db', '/abs/x.db'],
    ['sqlite:x.db', 'x.db'],
    ['sqlite:///./code_interview.db', './code_interview.db'],
    ['sqlite:////abs.db', '/abs.db'],
    ['sqlite:////abs.db?cache=shared', '/abs.db'],
    ['sqlite+aiosqlite:///./code_interview.db', './code_interview.db'],
    ['sqlite://', ':memory:'],
    ['sqlite:///', ':memory:'],
    ['sqlite:///:memory:', ':memory:'],
    ['sqlite:///:memory:?cache=shared', ':memory:'],
    ['sqlite+aiosqlite://', ':memory:'],
    ['file::memory:', ':memory:'],
  ])('%s is the file %s', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ provider: 'sqlite', path });
  });

  const ssl = (mode: string) => `sslmode=${mode}&uselibpqcompat=true`;

  test.each([
    ['postgres://u:p@h:5432/d', ['postgresql://u:p@h:5432/d']],
    ['postgresql+psycopg://u:p@h/d', ['postgresql://u:p@h/d']],
    ['postgresql+asyncpg://h/d', ['postgresql://h/d']],
    ['postgresql://h/d?application_name=x', ['postgresql://h/d?application_name=x']],
    ['postgresql:///d?host=/run/postgresql', ['postgresql:///d?host=%2Frun%2Fpostgresql']],
    ['postgresql://h/d?sslmode=require', [`postgresql://h/d?${ssl('require')}`]],
    ['postgresql+asyncpg://h/d?ssl=require', [`postgresql://h/d?${ssl('require')}`]],
    ['postgresql://h/d?sslmode=verify-full&sslrootcert=system', [`postgresql://h/d?${ssl('verify-full')}`]],
    ['postgresql://h/d?ssl=true', ['postgresql://h/d?ssl=true']],
    [
      'postgresql://h/d?sslmode=prefer',
      [`postgresql://h/d?${ssl('prefer')}`, `postgresql://h/d?${ssl('disable')}`],
    ],
    [
      'postgresql://h/d?sslmode=allow',
      [`postgresql://h/d?${ssl('disable')}`, `postgresql://h/d?${ssl('prefer')}`],
    ],
    [
      'postgresql://u:p@a:1,b,[::1]:3/d?x=y&sslmode=verify-full',
      ['a:1', 'b', '[::1]:3'].map((host) => `postgresql://u:p@${host}/d?x=y&${ssl('verify-full')}`),
    ],
    ['postgresql://u@/d?host=a,b&port=1,2', ['postgresql://u@a:1/d', 'postgresql://u@b:2/d']],
    ['postgresql://u@/d?host=a:1&host=b:2', ['postgresql://u@a:1/d', 'postgresql://u@b:2/d']],
  ])('%s is the server %j', (url, urls) => {
    expect(parseDatabaseUrl(url)).toEqual({ provider: 'postgresql', servers: { urls, attributes: 'any' } });
  });

  test.each(['any', 'read-write', 'primary'])('target_session_attrs may be %s', (attributes) => {
    expect(parseDatabaseUrl(`postgresql://a,b/d?target_session_attrs=${attributes}`)).toEqual({
      provider: 'postgresql',
      servers: { urls: ['postgresql://a/d', 'postgresql://b/d'], attributes },
    });
  });

  test.each([
    ['target_session_attrs=standby', /read-write/],
    ['sslmode=maybe', /sslmode.*require/],
  ])('%s is refused with what may be', (parameter, refusal) => {
    expect(() => parseDatabaseUrl(`postgresql://h/d?${parameter}`)).toThrow(refusal);
  });

  test.each(['mysql://h/d', 'x.db', '', 'postgresql:', 'sqlite:'])(
    '%j is refused with the known schemes',
    (url) => {
      expect(() => parseDatabaseUrl(url)).toThrow(/file:.*sqlite:.*postgresql:\/\//);
    },
  );
});
