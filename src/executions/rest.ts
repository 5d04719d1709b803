import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { defineEventBody } from '../events/rest-bodies.ts';
import { LANGUAGES } from '../languages.ts';
import { error, language, languageSlug, missingFields } from '../rest/bodies.ts';
import { clientGone } from '../transport/client-gone.ts';
import { codeText, milliseconds } from '../validation.ts';
import { ExecutionFinished, ExecutionStarted } from './events.ts';
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from './limits.ts';
import { type Execution, stdin } from './model.ts';
import { executeCode } from './service.ts';

/** Cut to the bounds, because the original server took any. */
const timeout = z
  .int()
  .nullish()
  .transform((wanted) => Math.min(Math.max(wanted ?? DEFAULT_TIMEOUT_MS, 1), MAX_TIMEOUT_MS))
  .describe(`Milliseconds that the program may run, cut to 1 to ${MAX_TIMEOUT_MS}`)
  .meta({ default: DEFAULT_TIMEOUT_MS });

const executeBody = z
  .object({
    code: codeText,
    language,
    timeout,
    stdin: stdin.describe('What the program reads from its standard input'),
    typeCheck: z
      .boolean()
      .nullish()
      .describe(
        'Whether the types of a TypeScript program are checked first; errors are in `error`. The check counts for `timeout`, but for its first 500 milliseconds',
      )
      .meta({ default: false }),
  })
  .meta({ examples: [{ language: 'python', code: 'print(6 * 7)' }] });

const executionResult = z
  .object({
    output: z
      .string()
      .describe('What the program printed, without the final newline; on success with its stderr after it'),
    error: z.string().nullable().describe('Null on success, else the stderr of the program, or why it ended'),
    executionTime: z.number().min(0).describe('Milliseconds'),
  })
  .meta({ id: 'ExecutionResult', examples: [{ output: '42', error: null, executionTime: 12.3 }] });

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
          tags: ['Code Execution'],
          summary: 'Run a program and wait for its end',
          operationId: 'executeCode',
          body: executeBody,
          response: { 200: executionResult, 400: error, 422: missingFields, 429: error },
        },
      },
      async (request, reply) => {
        const { timeout, ...program } = request.body;
        const context = { app, caller: request.caller, gone: clientGone(reply.raw) };
        const finished = await executeCode(context, { ...program, timeoutMs: timeout });
        const { execution } = finished;
        if (execution.status === 'SANDBOX_ERROR') throw new Error(`The sandbox failed: ${execution.error}`);
        const isTimeout = execution.status === 'TIMED_OUT';
        const limitMs = finished.limit === 'cpuTime' ? app.config.CPU_LIMIT : timeout;
        return {
          output: describeOutput(execution),
          // No 408: Chromium sends a request that got one again, and so would run the program without end.
          error: isTimeout
            ? `Execution timed out (${limitMs / 1_000} second limit)`
            : describeFailure(execution),
          executionTime: execution.executionTime ?? 0,
        };
      },
    );
  };

/** Returns stdout, and the stderr of a program that succeeded after it, without the final newline. */
function describeOutput({ status, stdout, stderr }: Execution): string {
  if (status !== 'SUCCEEDED' || stderr === '') return stdout.replace(/\n$/, '');
  const isLineOpen = stdout !== '' && !stdout.endsWith('\n');
  return `${stdout}${isLineOpen ? '\n' : ''}${stderr}`.replace(/\n$/, '');
}

const EXIT_CODE = /^Exited with code \d+$/;

/** Returns the whole stderr, after the message where stderr lacks it; null on success. */
function describeFailure({ error: message, stderr }: Execution): string | null {
  if (message === null) return null;
  const text = stderr.trimEnd();
  if (text === '') return message;
  return text.includes(message) || EXIT_CODE.test(message) ? text : `${message}\n${text}`;
}
