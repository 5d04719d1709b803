import Fastify from 'fastify';
import { readConfig } from '../../src/config.ts';
import { givenAnswers } from './answer.ts';

/** The least that Fastify can do: reads the same requests and answers the same bytes, with nothing in between. */
const server = Fastify({ bodyLimit: readConfig({}).BODY_LIMIT });
for (const { number, method, route, status, headers, body } of givenAnswers()) {
  server.route({
    method,
    url: `/${number}${route}`,
    handler: (_request, reply) => reply.code(status).headers(headers).send(body),
  });
}
const url = await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listens on ${url}\n`);
process.once('SIGTERM', () => process.exit(0));
