import type { AddressInfo } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';
import { handleError, handleNotFound } from './rest/errors.ts';
import { HttpRequest } from './transport/http-request.ts';
import { discardBody } from './transport/refused-body.ts';

const TERMINAL = { sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } as const;

/** Creates the HTTP server without routes. */
export async function createHttpServer(config: Config): Promise<FastifyInstance> {
  const { LOG_LEVEL, BODY_LIMIT, CORS_ORIGINS } = config;
  const server = Fastify({
    // Lines for people in a terminal, JSON for a collector of logs.
    logger: { level: LOG_LEVEL, ...(process.stdout.isTTY && { stream: pretty(TERMINAL) }) },
    logController: new LogController({ disableRequestLogging: true }),
    http: { IncomingMessage: HttpRequest },
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
    rewriteUrl: ({ url = '/' }) => decodableUrl(url),
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (reply.statusCode !== 413) return done();
    void discardBody(request.raw, 2 * BODY_LIMIT).then(() => done());
  });
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(handleNotFound);
  const isOpen = CORS_ORIGINS.includes('*');
  await server.register(cors, {
    origin: isOpen ? true : CORS_ORIGINS,
    // Otherwise any website could act with what a browser sends along, the cookie of a login proxy for one.
    credentials: !isOpen,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['ETag', 'Retry-After'],
    strictPreflight: false,
  });
  return server;
}

/** Returns the URL with a path that can be decoded: `%zz` is a legal id, of nothing. */
function decodableUrl(url: string): string {
  if (!url.includes('%')) return url;
  const [path = '', query] = url.split(/\?(.*)/s);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + (query === undefined ? '' : `?${query}`);
  }
}

/** Returns where a server listens: `http://127.0.0.1:8000`. */
export function urlOf(host: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return `http://${host}`;
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}
