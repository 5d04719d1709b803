import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { defineEventBody } from '../events/rest-bodies.ts';
import { LANGUAGES } from '../languages.ts';
import { error, language, languageSlug } from '../rest/bodies.ts';
import { errorBody } from '../rest/errors.ts';
import { milliseconds, storableText } from '../validation.ts';
import { ExecutionFinished, ExecutionStarted } from './events.ts';
import { DEFAULT_TIMEOUT_MS, timeoutMs } from './limits.ts';
import type { Execution } from './model.ts';
import { executeCode } from './service.ts';

const executeBody = z.object({
  code: storableText,
  language,
  timeout: timeoutMs.nullish().describe(`Milliseconds; ${DEFAULT_TIMEOUT_MS} when left out`),
});

const executionTime = z.number().min(0).describe('Milliseconds');

const executionResult = z
  .object({
    output: z.string().describe('What the program printed, without the final newline'),
    error: z.string().nullable().describe('Null on success'),
    executionTime,
  })
  .meta({ id: 'ExecutionResult' });

const timeoutError = error.extend({ output: z.string(), executionTime }).meta({ id: 'ExecutionTimeout' });

const missingFields = error
  .extend({
    detail: z.array(z.object({ type: z.literal('missing'), loc: z.array(z.string()), msg: z.string() })),
  })
  .meta({ id: 'MissingFields' });

const executionBody = z
  .object({
    id: z.string().describe('Sixteen characters of 0-9a-z'),
    language: languageSlug,
    code: z.string(),
    status: z.string().describe('As in GraphQL: `SUCCEEDED`, `FAILED`'),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean().describe('Output beyond the limit was dropped'),
    exitCode: z.int().nullable(),
    error: z.string().nullable(),
    executionTime: z.number().nullable().describe('Milliseconds; null until it ended'),
    createdAt: milliseconds,
    startedAt: milliseconds.nullable(),
    finishedAt: milliseconds.nullable(),
  })
  .meta({ id: 'Execution' });

function toExecutionBody(execution: Execution): z.input<typeof executionBody> {
  const { id, code, status, stdout, stderr, droppedBytes, exitCode, error, executionTime } = execution;
  return {
    id,
    language: LANGUAGES[execution.language].slug,
    code,
    status,
    stdout,
    stderr,
    truncated: droppedBytes > 0,
    exitCode,
    error,
    executionTime,
    createdAt: execution.createdAt.getTime(),
    startedAt: execution.startedAt?.getTime() ?? null,
    finishedAt: execution.finishedAt?.getTime() ?? null,
  };
}

for (const type of [ExecutionStarted, ExecutionFinished]) {
  defineEventBody(type, { execution: executionBody }, ({ execution }) => ({
    execution: toExecutionBody(execution),
  }));
}

/** The route that runs a program. */
export const executionRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.addHook<{ Body: unknown }>('preValidation', async (request) => {
      // Without a body both required fields are missing, which is an error of its own.
      request.body ??= {};
    });

    routes.post(
      '/execute',
      {
        schema: {
          tags: ['Execution'],
          summary: 'Run a program and wait for its end',
          operationId: 'execute',
          body: executeBody,
          response: { 200: executionResult, 400: error, 408: timeoutError, 422: missingFields, 429: error },
        },
      },
      async (request, reply) => {
        const { code, language, timeout } = request.body;
        const context = { app, caller: request.caller };
        const { execution, limit } = await executeCode(context, {
          code,
          language,
          timeoutMs: timeout ?? null,
        });
        const output = execution.stdout.replace(/\n$/, '');
        const executionTime = execution.executionTime ?? 0;
        if (execution.status === 'TIMED_OUT') {
          const message =
            limit === 'cpuTime'
              ? `Code execution exceeded ${app.config.CPU_LIMIT}ms timeout (CPU time)`
              : `Code execution exceeded ${timeout ?? DEFAULT_TIMEOUT_MS}ms timeout`;
          return reply.code(408).send({ ...errorBody('EXECUTION_TIMEOUT', message), output, executionTime });
        }
        if (execution.status === 'SANDBOX_ERROR') throw new Error(`The sandbox failed: ${execution.error}`);
        return { output, error: describeFailure(execution), executionTime };
      },
    );
  };

/** The language's own message, with the traceback where the program's stderr holds it; null on success. */
function describeFailure({ error: message, stderr }: Execution): string | null {
  if (message === null) return null;
  return stderr.includes(message) ? stderr.trimEnd() : message;
}
