import { actorOfReference } from '../access/identity.ts';
import { ExecutionStatus } from '../database/generated/enums.ts';
import type { EventOf } from '../events/event.ts';
import { ActorObject, SessionEventInterface } from '../events/graphql.ts';
import { builder } from '../graphql/builder.ts';
import { LanguageEnum } from '../graphql/language.ts';
import type { ExecutionFinished, ExecutionStarted } from './events.ts';

const ExecutionStatusEnum = builder.enumType('ExecutionStatus', {
  description: 'Where an execution is, or how it ended.',
  values: {
    QUEUED: { value: ExecutionStatus.QUEUED, description: 'It waits for its turn.' },
    RUNNING: { value: ExecutionStatus.RUNNING, description: 'The program runs.' },
    SUCCEEDED: {
      value: ExecutionStatus.SUCCEEDED,
      description: 'The program ended by itself with exit code 0.',
    },
    FAILED: {
      value: ExecutionStatus.FAILED,
      description: 'The program ended with another exit code or an uncaught error.',
    },
    COMPILE_ERROR: {
      value: ExecutionStatus.COMPILE_ERROR,
      description: 'The program could not be read, or its types are wrong.',
    },
    TIMED_OUT: {
      value: ExecutionStatus.TIMED_OUT,
      description: 'The program ran longer than its time limit, or took more processor time than allowed.',
    },
    MEMORY_LIMIT: {
      value: ExecutionStatus.MEMORY_LIMIT,
      description: 'The program wanted more memory than allowed.',
    },
    OUTPUT_LIMIT: {
      value: ExecutionStatus.OUTPUT_LIMIT,
      description: 'The program printed more than allowed.',
    },
    PROCESS_LIMIT: {
      value: ExecutionStatus.PROCESS_LIMIT,
      description: 'The program started more processes or threads than allowed.',
    },
    CANCELLED: { value: ExecutionStatus.CANCELLED, description: 'Somebody ended it.' },
    SANDBOX_ERROR: {
      value: ExecutionStatus.SANDBOX_ERROR,
      description: 'The sandbox failed; the program is not to blame.',
    },
  },
});

builder.prismaObject('Execution', {
  description: 'One run of a program.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Sixteen characters of `0-9a-z`.' }),
    session: t.field({
      type: 'Session',
      nullable: true,
      description: 'Where it was run; null outside a session.',
      // Its row may lack the latest edits.
      resolve: ({ sessionId }, _args, { app, caller }) =>
        sessionId === null ? null : app.sessions.find(caller, sessionId),
    }),
    language: t.expose('language', { type: LanguageEnum, description: 'The language of the program.' }),
    code: t.exposeString('code', { description: 'The program.' }),
    status: t.expose('status', { type: ExecutionStatusEnum, description: 'Where it is, or how it ended.' }),
    stdout: t.exposeString('stdout', {
      description: 'What the program printed, exactly; a NUL or an invalid byte became U+FFFD.',
    }),
    stderr: t.exposeString('stderr', { description: 'What it printed as errors, with the traceback.' }),
    truncated: t.boolean({
      description: 'Output beyond the limit was dropped.',
      resolve: ({ droppedBytes }) => droppedBytes > 0,
    }),
    droppedBytes: t.exposeInt('droppedBytes', {
      description:
        'Bytes of output beyond the limit. They were dropped before its last 16 KiB, and may cut a line, but no character.',
    }),
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
      description: 'Milliseconds that the program ran; null until it ended, and where nobody saw its end.',
    }),
    memoryPeak: t.exposeInt('memoryPeak', {
      nullable: true,
      description: 'The most memory it held, in bytes, where the host can tell.',
    }),
    startedBy: t.field({
      type: ActorObject,
      nullable: true,
      description: 'Who started it; null for nobody in particular. A user who has left has no name here.',
      resolve: async ({ sessionId, startedBy }, _args, { app, caller }) => {
        const actor = actorOfReference(startedBy, null);
        if (actor?.kind !== 'USER' || sessionId === null) return actor;
        const session = await app.sessions.find(caller, sessionId);
        return { ...actor, name: session?.users.find(({ id }) => id === startedBy)?.name ?? null };
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it started.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
  }),
});

for (const [name, description, as] of [
  ['ExecutionStarted', 'A program started.', 'started'],
  ['ExecutionFinished', 'A program ended.', 'ended'],
] as const) {
  builder.objectRef<EventOf<typeof ExecutionStarted | typeof ExecutionFinished>>(name).implement({
    description,
    interfaces: [SessionEventInterface],
    fields: (t) => ({
      execution: t.field({
        type: 'Execution',
        description: `The execution as it ${as}.`,
        resolve: ({ data }) => data.execution,
      }),
    }),
  });
}
