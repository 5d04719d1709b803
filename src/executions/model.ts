import { z } from 'zod';
import type { Permit } from '../access/decide.ts';
import type { Execution as ExecutionRow } from '../database/generated/client.ts';
import { ExecutionStatus, Language } from '../database/generated/enums.ts';
import { newExecutionId } from '../ids.ts';
import { LANGUAGES } from '../languages.ts';
import { type LimitName, type Sandbox, STDIN_LIMIT_BYTES } from '../sandbox/sandbox.ts';
import { codeText } from '../validation.ts';
import { limitsInput, timeoutMs } from './limits.ts';

/** The standard input of a program. */
export const stdin = z
  .string()
  .refine((text) => text.isWellFormed(), { error: 'must not contain a lone surrogate' })
  .refine((text) => Buffer.byteLength(text) <= STDIN_LIMIT_BYTES, {
    error: `must be at most ${STDIN_LIMIT_BYTES} bytes`,
  })
  .nullish();

export const executeCodeInput = z.object({
  code: codeText,
  language: z.enum(Language),
  sessionId: z.string().nullish(),
  stdin,
  timeoutMs: timeoutMs.nullish(),
  limits: limitsInput.nullish(),
  typeCheck: z.boolean().nullish(),
});
export type ExecuteCodeInput = z.output<typeof executeCodeInput>;

export const writeStdinInput = z.object({ executionId: z.string(), data: stdin, end: z.boolean().nullish() });
export type WriteStdinInput = z.output<typeof writeStdinInput>;

/** One run of a program, without what the instances keep of it for each other. */
export type Execution = Omit<ExecutionRow, 'instanceId' | 'cancelRequested'>;

/** An execution as events store it. */
export const storedExecution = z.object({
  id: z.string(),
  sessionId: z.string().nullable(),
  language: z.enum(Language),
  code: z.string(),
  status: z.enum(ExecutionStatus),
  stdout: z.string(),
  stderr: z.string(),
  // Absent in the events of a time that did not count them.
  droppedBytes: z.int().default(0),
  exitCode: z.int().nullable(),
  error: z.string().nullable(),
  executionTime: z.number().nullable(),
  memoryPeak: z.int().nullable(),
  createdAt: z.coerce.date(),
  startedAt: z.coerce.date().nullable(),
  finishedAt: z.coerce.date().nullable(),
  // Absent in the events of a time that did not record it.
  startedBy: z.string().nullable().default(null),
}) satisfies z.ZodType<Execution>;

/** The statuses of an execution that has not ended. */
export const IN_FLIGHT = ['QUEUED', 'RUNNING'] as const;

export function hasEnded({ status }: Pick<Execution, 'status'>): boolean {
  return !IN_FLIGHT.some((one) => one === status);
}

/** An execution that has ended, and the limit that ended it. */
export interface Finished {
  readonly execution: Execution;
  readonly limit: LimitName | null;
}

/** The execution of a program that is about to wait for its turn. */
export function newExecution(
  { sessionId }: Permit<'RUN'> | Permit<'EXECUTE'>,
  { code, language }: ExecuteCodeInput,
  startedBy: string | null,
): Execution {
  return {
    id: newExecutionId(),
    sessionId,
    language,
    code,
    status: 'QUEUED',
    stdout: '',
    stderr: '',
    droppedBytes: 0,
    exitCode: null,
    error: null,
    executionTime: null,
    memoryPeak: null,
    createdAt: new Date(),
    startedAt: null,
    finishedAt: null,
    startedBy,
  };
}

/** Returns the languages of a sandbox, as the API names them. */
export function languages(sandbox: Sandbox) {
  return Object.values(Language).flatMap((language) => {
    const { slug, name } = LANGUAGES[language];
    const info = sandbox.languages.find((candidate) => candidate.language === slug);
    return info ? [{ ...info, language, name }] : [];
  });
}
