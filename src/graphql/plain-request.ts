import type { FastifyReply, FastifyRequest } from 'fastify';
import { getOperationAST, OperationTypeNode } from 'graphql';
import { z } from 'zod';
import { clientGone } from '../transport/client-gone.ts';
import type { Operations } from './operations.ts';

/** One operation in a body of JSON. With anything beside it, as `extensions`, a request is not plain. */
const plainBody = z.strictObject({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * Replies to a POST of one query or mutation whose document an earlier request has validated. Yoga is left out, because
 * the web-standard Request and Response that it builds take most of the time of a read. For any other request it executes
 * nothing and returns false: then Yoga replies.
 */
export async function answerPlainRequest(
  operations: Operations,
  address: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const mediaType = request.method === 'POST' ? mediaTypeOf(request.headers.accept) : null;
  const { data: params } = plainBody.safeParse(request.body);
  if (!mediaType || !params) return false;
  const transport = { caller: request.caller, address, gone: clientGone(reply.raw) };
  const prepared = operations.prepareKnown(params, transport);
  if (!prepared) return false;
  const operation = getOperationAST(prepared.document, prepared.operationName);
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return false;
  const answer = await operations.answer(prepared);
  if (transport.gone.isAborted) return true;
  // Yoga knows the status of what was not executed.
  if (answer === null) return false;
  const { json, refusal } = answer;
  if (refusal) reply.code(refusal.status).headers(refusal.headers);
  reply.type(`${mediaType}; charset=utf-8`).send(json);
  return true;
}

const JSON_TYPE = 'application/json';
const RESULT_TYPES = [JSON_TYPE, 'application/graphql-response+json'];
const ANY_TYPE = ['*/*', 'application/*'];

/** Returns the first media type for a single result that the client accepts, as Yoga does. Null when in doubt. */
function mediaTypeOf(accept = '*/*'): string | null {
  if (accept === '*/*') return JSON_TYPE;
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (parameters.some((parameter) => parameter.startsWith('charset'))) return null;
    if (RESULT_TYPES.includes(type)) return type;
    if (ANY_TYPE.includes(type)) return JSON_TYPE;
  }
  return null;
}
