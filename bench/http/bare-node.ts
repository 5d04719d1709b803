import { createServer } from 'node:http';
import { givenAnswers } from './answer.ts';

/** The least that Node can do: reads the same requests to their end and answers the same bytes. */
const answers = givenAnswers().map(({ number, status, headers, body }) => ({
  prefix: `/${number}/`,
  status,
  headers: status === 204 ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
  body,
}));
const server = createServer((request, response) => {
  const answer = answers.find(({ prefix }) => request.url?.startsWith(prefix));
  request.resume().once('end', () => {
    response.writeHead(answer?.status ?? 404, answer?.headers).end(answer?.body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`listens on http://127.0.0.1:${address?.port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
