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
  ])('%s is the file %s', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ provider: 'sqlite', path });
  });

  test.each([
    ['postgres://u:p@h:5432/d', 'postgresql://u:p@h:5432/d'],
    ['postgresql://h/d?sslmode=require', 'postgresql://h/d?sslmode=require'],
    ['postgresql+psycopg://u:p@h/d', 'postgresql://u:p@h/d'],
    ['postgresql+asyncpg://h/d', 'postgresql://h/d'],
  ])('%s is the server %s', (url, driverUrl) => {
    expect(parseDatabaseUrl(url)).toEqual({ provider: 'postgresql', url: driverUrl });
  });

  test.each(['mysql://h/d', 'x.db', '', 'postgresql:', 'sqlite:'])(
    '%j is refused with the known schemes',
    (url) => {
      expect(() => parseDatabaseUrl(url)).toThrow(/file:.*sqlite:.*postgresql:\/\//);
    },
  );
});
