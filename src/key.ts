import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { z } from 'zod';
import { mintApiKey } from './access/api-keys.ts';
import { SYSTEM } from './access/caller.ts';
import { decideOutside } from './access/decide.ts';
import { type CreateApiKeyInput, createApiKeyInput, SCOPE_SLUGS } from './api-keys/model.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { openDatabase } from './database/client.ts';
import { isUnavailable } from './database/errors.ts';
import { AppError } from './errors.ts';
import { urlOf } from './http-server.ts';
import { importOriginalSessions } from './original-server/import.ts';
import { parseInput } from './validation.ts';

function readArguments(): CreateApiKeyInput {
  const { values } = parseArgs({
    options: { name: { type: 'string' }, scopes: { type: 'string' }, expires: { type: 'string' } },
  });
  const { name, scopes = '', expires } = values;
  return parseInput(createApiKeyInput, {
    name,
    scopes: scopes.split(',').map((scope) => scope.trim().toUpperCase()),
    expiresAt: expires === undefined ? null : new Date(expires),
  });
}

async function makeKey(config: Config, input: CreateApiKeyInput): Promise<string> {
  try {
    return await makeInDatabase(config, input);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    if (config.OPERATOR_KEY === undefined) throw new UnreachableError(error);
    return askServer(config, config.OPERATOR_KEY, input);
  }
}

const START_TIMEOUT_MS = 1_000;

async function makeInDatabase(config: Config, input: CreateApiKeyInput): Promise<string> {
  const settings = { ...config, DATABASE_START_TIMEOUT: START_TIMEOUT_MS };
  const { log } = Fastify({ logger: { level: 'error' } });
  const { db, close } = await openDatabase(settings, log, importOriginalSessions);
  try {
    return (await mintApiKey(db, decideOutside(SYSTEM, 'MANAGE_KEYS'), input)).token;
  } finally {
    await close();
  }
}

const answer = z.union([z.object({ token: z.string() }), z.object({ message: z.string() })]);

async function askServer(
  { HOST, PORT }: Config,
  operatorKey: string,
  { name, scopes, expiresAt }: CreateApiKeyInput,
): Promise<string> {
  const url = urlOf(HOST, { address: HOST, family: '', port: PORT });
  const response = await fetch(`${url}/api/v1/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
    body: JSON.stringify({
      name,
      scopes: scopes.map((scope) => SCOPE_SLUGS[scope]),
      expiresAt: expiresAt?.getTime() ?? null,
    }),
  });
  const body = answer.parse(await response.json());
  if ('token' in body) return body.token;
  throw new Error(`The server at ${url} made no key: ${body.message}`);
}

/** The database cannot be opened, and there is no key for its server. */
class UnreachableError extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${reason}\nIf a server of yours runs on it, start that with OPERATOR_KEY, and give the same OPERATOR_KEY to this command: the server makes the key then`,
    );
  }
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof AppError)
    return `${error.message}: npm run key -- --name NAME --scopes sessions,execute`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * `npm run key -- --name NAME --scopes sessions,execute [--expires 2030-01-31]`: makes an API key in the database that
 * the settings name, and prints it, this once. A running server holds an SQLite file for itself: then the server makes
 * the key, for who has its OPERATOR_KEY.
 */
try {
  const input = readArguments();
  const config = readConfig(process.env);
  process.stdout.write(`${await makeKey(config, input)}\n`);
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}
