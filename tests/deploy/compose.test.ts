import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../src/config.ts';

const serviceShape = z.looseObject({
  image: z.string().optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  networks: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
});
const fileShape = z.object({
  services: z.record(z.string(), serviceShape),
  networks: z.record(z.string(), z.object({ internal: z.boolean() }).nullable()),
  volumes: z.record(z.string(), z.null()),
});

const document: unknown = parse(await readFile('docker-compose.yml', 'utf8'));
const { services, networks, volumes } = fileShape.parse(document);
const named = Object.entries(services);
const { app, postgres } = z.object({ app: serviceShape, postgres: serviceShape }).parse(services);

function namesWith(key: string): string[] {
  return named.flatMap(([name, service]) => (key in service ? [name] : []));
}

test('it follows the Compose specification', async () => {
  const linter = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const schema = JSON.parse(await readFile(join(linter, 'schemas/compose.schema.json'), 'utf8'));
  // Names the draft by an address that Ajv does not know it by.
  delete schema.$schema;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.validate(schema, document);
  expect(ajv.errors).toBeNull();
});

test('nothing but the proxy can be reached from outside', () => {
  expect(namesWith('ports')).toEqual(['proxy']);
  expect(namesWith('network_mode')).toEqual([]);
  const open = Object.keys(networks).filter((name) => !networks[name]?.internal);
  const exposed = named.filter(([, service]) => service.networks.some((network) => open.includes(network)));
  expect(exposed.map(([name]) => name)).toEqual(['proxy']);
});

test('every service is checked, and waited for until it is healthy', async () => {
  const checkedByImage = /^HEALTHCHECK/m.test(await readFile('Dockerfile', 'utf8')) ? ['app'] : [];
  expect([...namesWith('healthcheck'), ...checkedByImage].sort()).toEqual(Object.keys(services).sort());
  const awaited = named.map(([name, service]) => [name, Object.keys(service.depends_on)]);
  expect(Object.fromEntries(awaited)).toMatchObject({ proxy: ['app'], app: ['postgres', 'redis'] });
  const conditions = named.flatMap(([, service]) => Object.values(service.depends_on));
  expect(new Set(conditions.map(({ condition }) => condition))).toEqual(new Set(['service_healthy']));
});

test('no service may gain privileges, and those that need no root hold no capability', () => {
  expect(namesWith('privileged')).toEqual([]);
  const mayGain = named.filter(([, service]) => !service.security_opt.includes('no-new-privileges:true'));
  expect(mayGain).toEqual([]);
  const confined = named.filter(([, service]) => service.cap_drop.includes('ALL') && service['read_only']);
  expect(confined.map(([name]) => name)).toEqual(['proxy', 'app', 'redis']);
});

test('the app is bounded and reaped, runs nothing out of /tmp, and has time to shut down', () => {
  expect(app).toMatchObject({
    init: true,
    read_only: true,
    tmpfs: [expect.stringMatching(/^\/tmp:.*\bnoexec\b/)],
    mem_limit: expect.any(String),
    pids_limit: expect.any(Number),
    stop_grace_period: '20s',
  });
  expect(app).not.toHaveProperty('container_name');
});

test('the app is given settings that it has, and the password of the database', () => {
  const settings = Object.keys(app.environment).filter((name) => name !== 'PGPASSWORD');
  expect(settings.filter((name) => !(name in SETTINGS))).toEqual([]);
  expect(app.environment['PGPASSWORD']).toBe(postgres.environment['POSTGRES_PASSWORD']);
});

test('data outlives the containers', () => {
  expect(postgres.volumes).toEqual(['postgres:/var/lib/postgresql/data']);
  expect(volumes).toHaveProperty('postgres');
});

test('images are pinned to a major version', async () => {
  const dockerfile = await readFile('Dockerfile', 'utf8');
  const bases = [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map(([, image]) => image);
  const pulled = named.flatMap(([, { image }]) => image ?? []);
  expect(bases).toHaveLength(1);
  for (const image of [...bases, ...pulled]) expect(image).toMatch(/^[a-z]+:\d+(\.\d+)*-[a-z]+$/);
});

describe('the image', async () => {
  const dockerfile = await readFile('Dockerfile', 'utf8');
  const ignore = (await readFile('.dockerignore', 'utf8')).split('\n');

  test('copies nothing that the build context withholds', () => {
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
    const sources = copies.flatMap(([, list]) => (list ?? '').split(' '));
    const withheld = sources.filter((source) => !ignore.includes(`!${source.split('/')[0]}`));
    expect(sources).toContain('prisma/migrations');
    expect(withheld).toEqual([]);
  });

  test('runs node itself, and not as root', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM'));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^CMD \["node", "dist\/main\.js"\]$/m);
  });
});

test('the proxy sends to the port on which the app listens', async () => {
  expect(await readFile('docker/Caddyfile', 'utf8')).toContain(`dynamic a app ${app.environment['PORT']} {`);
});
