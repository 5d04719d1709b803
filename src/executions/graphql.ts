import { OutputStream } from '../database/generated/enums.ts';
import {
  ExecutionNotFoundError,
  ExecutionNotRunningError,
  InvalidInputError,
  SessionNotFoundError,
  TooManyExecutionsError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { LanguageEnum } from '../graphql/language.ts';
import { SourceIterable } from '../streams/iterable.ts';
import { parseLastEventId } from '../transport/last-event-id.ts';
import { parseInput } from '../validation.ts';
import { decideOnExecutionOf } from './access.ts';
import './graphql-types.ts';
import { DEFAULT_TIMEOUT_MS } from './limits.ts';
import { type Execution, executeCodeInput, languages, writeStdinInput } from './model.ts';
import type { OutputChunk } from './output-log.ts';
import { cancelExecution, executeCode, findExecution, startExecution, writeStdin } from './service.ts';
import { followOutput } from './stream.ts';

builder.queryField('execution', (t) =>
  t.prismaField({
    type: 'Execution',
    nullable: true,
    description: 'The execution with this id, or null.',
    args: { id: t.arg.id({ required: true, description: 'The id of the execution.' }) },
    resolve: (_query, _root, { id }, context) => findExecution(context, id),
  }),
);

type LanguageInfo = ReturnType<typeof languages>[number];

const PackageType = builder.objectRef<LanguageInfo['packages'][number]>('Package').implement({
  description: 'A package that programs may import.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, as its registry has it: `numpy`.' }),
    version: t.exposeString('version', { description: 'Its version: `2.4.6`.' }),
  }),
});

const LanguageInfoType = builder.objectRef<LanguageInfo>('LanguageInfo').implement({
  description: 'A language and what runs it.',
  fields: (t) => ({
    language: t.expose('language', { type: LanguageEnum, description: 'The language.' }),
    name: t.exposeString('name', { description: 'Its name for people: `TypeScript`.' }),
    runtime: t.exposeString('runtime', { description: 'What runs it: `Node.js`.' }),
    version: t.exposeString('version', { description: 'The version of the language or its runtime.' }),
    packages: t.field({
      type: [PackageType],
      description: 'The packages that its programs may import, besides the standard library; by name.',
      resolve: ({ packages }) => [...packages],
    }),
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

const ExecutionLimitsInput = builder.inputType('ExecutionLimitsInput', {
  description: 'Limits of this program. None may be above the operator’s, which holds where one is left out.',
  fields: (t) => ({
    cpuTimeMs: t.int({
      description: 'Milliseconds of processor time of all its processes and threads together.',
    }),
    memoryBytes: t.int({ description: 'Memory, in bytes.' }),
    outputBytes: t.int({ description: 'Output on stdout and stderr together, in bytes.' }),
    processes: t.int({ description: 'Processes and threads at once.' }),
  }),
});

const ExecuteCodeInput = builder.inputType('ExecuteCodeInput', {
  description: 'A program and how to run it.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'The program.' }),
    language: t.field({ type: LanguageEnum, required: true, description: 'Its language.' }),
    sessionId: t.id({ description: 'The session that the program belongs to, if any.' }),
    stdin: t.string({ description: 'What the program reads from its standard input.' }),
    timeoutMs: t.int({
      defaultValue: DEFAULT_TIMEOUT_MS,
      description: 'Milliseconds that the program may run, from 1 to 60000.',
    }),
    limits: t.field({ type: ExecutionLimitsInput, description: 'Limits other than the time limit.' }),
    typeCheck: t.boolean({
      defaultValue: false,
      description:
        'Whether the types of a TypeScript program are checked first. Errors end it with COMPILE_ERROR, in the words of `tsc`. The check counts for `timeoutMs`, but for its first 500 milliseconds.',
    }),
  }),
});

const executeErrors = { types: [SessionNotFoundError, InvalidInputError, TooManyExecutionsError] };

builder.mutationField('executeCode', (t) =>
  t.field({
    type: ExecutionPayload('ExecuteCodePayload', 'The program has ended, with success or an error.'),
    description: 'Runs a program and answers when it has ended. Its stdin is closed after `stdin`.',
    errors: executeErrors,
    args: { input: t.arg({ type: ExecuteCodeInput, required: true, description: 'What to run.' }) },
    resolve: (_root, { input }, context) => executeCode(context, parseInput(executeCodeInput, input)),
  }),
);

builder.mutationField('startExecution', (t) =>
  t.field({
    type: ExecutionPayload('StartExecutionPayload', 'The program runs or waits for its turn.'),
    description: 'Starts a program and answers at once. Without `stdin` its standard input stays open.',
    errors: executeErrors,
    args: { input: t.arg({ type: ExecuteCodeInput, required: true, description: 'What to run.' }) },
    resolve: async (_root, { input }, context) => ({
      execution: await startExecution(context, parseInput(executeCodeInput, input)),
    }),
  }),
);

builder.mutationField('cancelExecution', (t) =>
  t.field({
    type: ExecutionPayload('CancelExecutionPayload', 'The program is being stopped.'),
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
    resolve: async (_root, { input: { id } }, context) => ({
      execution: await cancelExecution(context, id),
    }),
  }),
);

builder.mutationField('writeStdin', (t) =>
  t.field({
    type: ExecutionPayload('WriteStdinPayload', 'The program has the input, or will have it when it starts.'),
    description: 'Gives input to a program that was started without `stdin`, while it waits or runs.',
    errors: { types: [ExecutionNotFoundError, ExecutionNotRunningError, InvalidInputError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('WriteStdinInput', {
          description: 'Input for a program.',
          fields: (f) => ({
            executionId: f.id({ required: true, description: 'The id of the execution.' }),
            data: f.string({
              description:
                'What is appended to its standard input; a program that reads lines waits for the `\\n`.',
            }),
            end: f.boolean({ description: 'Whether its standard input is closed after it.' }),
          }),
        }),
        description: 'Input for a program.',
      }),
    },
    resolve: async (_root, { input }, context) => ({
      execution: await writeStdin(context, parseInput(writeStdinInput, input)),
    }),
  }),
);

const OutputStreamEnum = builder.enumType('OutputStream', {
  description: 'Where a program prints to.',
  values: {
    STDOUT: { value: OutputStream.STDOUT, description: 'Standard output.' },
    STDERR: { value: OutputStream.STDERR, description: 'Standard error.' },
  },
});

const ExecutionOutput = builder.objectRef<OutputChunk>('ExecutionOutput').implement({
  description: 'A piece of what a program printed.',
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'Its number in the execution, from 1 without a gap.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When the program printed it.' }),
    stream: t.expose('stream', { type: OutputStreamEnum, description: 'Where the program printed it.' }),
    text: t.exposeString('text', {
      description: 'The text, exactly; a NUL or an invalid byte became U+FFFD.',
    }),
  }),
});

builder.subscriptionField('executionOutput', (t) =>
  t.field({
    type: ExecutionOutput,
    description:
      'Everything that a program prints, once, while it prints it; completes when it has ended. The order is exact within each stream; between the two, it is as far as two pipes can tell.',
    args: {
      executionId: t.arg.id({ required: true, description: 'The id of the execution.' }),
      after: t.arg.int({
        description: 'The `seq` of the last piece that the client has seen; all when left out.',
      }),
    },
    subscribe: async (_root, { executionId, after }, context) => {
      const permit = await decideOnExecutionOf(context, 'READ', executionId);
      return new SourceIterable(
        await followOutput(context.app, permit, parseLastEventId(context.lastEventId) ?? after ?? 0),
      );
    },
    resolve: (chunk) => chunk,
  }),
);
