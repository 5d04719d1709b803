import Fastify from 'fastify';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { answerSchema } from './answer.ts';

/**
 * The least that the framework can do: reads the same requests and answers the same bytes, with nothing in
 * between. Each answer has a prefix of its own, its number, because GraphQL's all share one route.
 */
const answers = z.array(answerSchema).parse(JSON.parse(process.argv[2] ?? '[]'));
const server = Fastify({ bodyLimit: readConfig({}).BODY_LIMIT });
for (const [index, { method, route, status, headers, body }] of answers.entries()) {
  server.route({
    method,
    url: `/${index}${route}`,
    handler: (_request, reply) => reply.code(status).headers(headers).send(body),
  });
}
const url = await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listens on ${url}\n`);
process.once('SIGTERM', () => process.exit(0));
