import type { FastifyInstance } from 'fastify';

/**
 * Replies with 304 and no body when the header `If-None-Match` contains the `ETag` of the answer: the client has it.
 * `Cache-Control: no-cache` changes nothing, because `fetch` adds it to every request that names a version itself.
 */
export function answerNotModified(routes: FastifyInstance): void {
  routes.addHook('onSend', async ({ method, headers }, reply, payload) => {
    const etag = reply.getHeader('etag');
    const isRead = method === 'GET' || method === 'HEAD';
    if (!isRead || reply.statusCode !== 200 || !etag) return payload;
    if (!hasVersion(headers['if-none-match'], String(etag))) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
}

/** Whether `If-None-Match` names the version. Proxies that compress weaken it: `W/"1"`. */
function hasVersion(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((version) => version.trim().replace(/^W\//, '') === etag);
}
