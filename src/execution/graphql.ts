import type { Execution } from '../database/generated/client.ts';
import {
  ExecutionNotFoundError,
  ExecutionNotRunningError,
  InvalidInputError,
  SessionNotFoundError,
  TooManyExecutionsError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { ExecutionStatusEnum, LanguageEnum } from '../graphql/enums.ts';
import { isId } from '../ids.ts';
import { parseInput } from '../validation.ts';
import { DEFAULT_TIMEOUT_MS, executeCodeInput, languages } from './model.ts';
import { cancelExecution, executeCode, startExecution } from './service.ts';

builder.prismaObject('Execution', {
  description: 'One run of a program.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Sixteen characters of `0-9a-z`.' }),
    session: t.relation('session', {
      nullable: true,
      description: 'Where it was run; null outside a session.',
    }),
    language: t.expose('language', { type: LanguageEnum, description: 'The language of the program.' }),
    code: t.exposeString('code', { description: 'The program.' }),
    status: t.expose('status', { type: ExecutionStatusEnum, description: 'Where it is, or how it ended.' }),
    stdout: t.exposeString('stdout', {
      description: 'What the program printed, exactly; a NUL or an invalid byte became U+FFFD.',
    }),
    stderr: t.exposeString('stderr', { description: 'What it printed as errors, with the traceback.' }),
    truncated: t.exposeBoolean('truncated', { description: 'Output beyond the limit was dropped.' }),
    exitCode: t.exposeInt('exitCode', {
      nullable: true,
      description: '0 on success; null while it runs and when it was killed.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'One message for people; null on success.',
    }),
    executionTime: t.exposeFloat('executionTime', {
      nullable: true,
      description: 'Milliseconds that the program ran; null until it ended.',
    }),
    memoryPeak: t.exposeInt('memoryPeak', {
      nullable: true,
      description: 'The most memory it held, in bytes, where the host can tell.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it started.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
  }),
});

builder.queryField('execution', (t) =>
  t.prismaField({
    type: 'Execution',
    nullable: true,
    description: 'The execution with this id, or null.',
    args: { id: t.arg.id({ required: true, description: 'The id of the execution.' }) },
    resolve: (query, _root, { id }, { app }) =>
      isId(id) ? app.db.execution.findUnique({ ...query, where: { id } }) : null,
  }),
);

type LanguageInfo = ReturnType<typeof languages>[number];

const LanguageInfoType = builder.objectRef<LanguageInfo>('LanguageInfo').implement({
  description: 'A language and what runs it.',
  fields: (t) => ({
    language: t.expose('language', { type: LanguageEnum, description: 'The language.' }),
    name: t.exposeString('name', { description: 'Its name for people: `TypeScript`.' }),
    runtime: t.exposeString('runtime', { description: 'What runs it: `Deno`.' }),
    version: t.exposeString('version', { description: 'The version of the language or its runtime.' }),
  }),
});

builder.queryField('languages', (t) =>
  t.field({
    type: [LanguageInfoType],
    description: 'The languages that programs can be run in.',
    resolve: (_root, _args, { app }) => languages(app.sandbox),
  }),
);

const ExecutionPayload = (name: string, description: string) =>
  builder.objectRef<{ execution: Execution }>(name).implement({
    description,
    fields: (t) => ({
      execution: t.field({
        type: 'Execution',
        description: 'The execution as it is now.',
        resolve: ({ execution }) => execution,
      }),
    }),
  });

const ExecuteCodeInput = builder.inputType('ExecuteCodeInput', {
  description: 'A program and how to run it.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'The program.' }),
    language: t.field({ type: LanguageEnum, required: true, description: 'Its language.' }),
    sessionId: t.id({ description: 'The session that is to see it; none when left out.' }),
    stdin: t.string({ description: 'What the program reads from its standard input.' }),
    timeoutMs: t.int({
      defaultValue: DEFAULT_TIMEOUT_MS,
      description: 'Milliseconds that the program may run, from 1 to 60000.',
    }),
  }),
});

const executeErrors = { types: [SessionNotFoundError, InvalidInputError, TooManyExecutionsError] };

builder.mutationField('executeCode', (t) =>
  t.field({
    type: ExecutionPayload('ExecuteCodePayload', 'The program has ended, well or not.'),
    description: 'Runs a program and answers when it has ended. Its stdin is closed after `stdin`.',
    errors: executeErrors,
    args: { input: t.arg({ type: ExecuteCodeInput, required: true, description: 'What to run.' }) },
    resolve: async (_root, { input }, { app }) => ({
      execution: await executeCode(app, parseInput(executeCodeInput, input)),
    }),
  }),
);

builder.mutationField('startExecution', (t) =>
  t.field({
    type: ExecutionPayload('StartExecutionPayload', 'The program runs or waits for its turn.'),
    description: 'Starts a program and answers at once. Without `stdin` its standard input stays open.',
    errors: executeErrors,
    args: { input: t.arg({ type: ExecuteCodeInput, required: true, description: 'What to run.' }) },
    resolve: async (_root, { input }, { app }) => ({
      execution: await startExecution(app, parseInput(executeCodeInput, input)),
    }),
  }),
);

builder.mutationField('cancelExecution', (t) =>
  t.field({
    type: ExecutionPayload('CancelExecutionPayload', 'The program is being ended.'),
    description: 'Ends a program that waits or runs.',
    errors: { types: [ExecutionNotFoundError, ExecutionNotRunningError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('CancelExecutionInput', {
          description: 'Which execution to end.',
          fields: (f) => ({ id: f.id({ required: true, description: 'The id of the execution.' }) }),
        }),
        description: 'Which execution to end.',
      }),
    },
    resolve: async (_root, { input: { id } }, { app }) => ({ execution: await cancelExecution(app, id) }),
  }),
);
