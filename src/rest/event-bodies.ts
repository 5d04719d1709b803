import { z } from 'zod';
import type { Execution } from '../database/generated/client.ts';
import { SESSION_FIELDS, type SessionEvent } from '../events/model.ts';
import { LANGUAGE_NAMES } from '../languages.ts';
import { languageName, milliseconds, sessionBody, toSessionBody, toUserBody, userBody } from './bodies.ts';

const executionBody = z
  .object({
    id: z.string().describe('Sixteen characters of 0-9a-z'),
    language: languageName,
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

const base = { seq: z.int().describe('From 1 without a gap'), at: milliseconds, sessionId: z.string() };

const eventBody = z
  .discriminatedUnion('type', [
    z.object({ ...base, type: z.literal('SessionCreated'), session: sessionBody }),
    z.object({
      ...base,
      type: z.literal('SessionUpdated'),
      session: sessionBody,
      changed: z.array(z.enum(SESSION_FIELDS)),
    }),
    z.object({ ...base, type: z.literal('SessionDeleted') }),
    z.object({ ...base, type: z.enum(['UserJoined', 'UserLeft']), user: userBody }),
    z.object({ ...base, type: z.enum(['ExecutionStarted', 'ExecutionFinished']), execution: executionBody }),
  ])
  .describe('The objects in it are as they were after it')
  .meta({ id: 'SessionEvent' });

export const eventsBody = z.object({ events: z.array(eventBody) }).meta({ id: 'SessionEvents' });

const serialized = new WeakMap<SessionEvent, string>();

/** An event as JSON for REST: made once, however many get it. */
export function toEventJson(event: SessionEvent): string {
  let json = serialized.get(event);
  if (json === undefined) {
    json = JSON.stringify(toEventBody(event));
    serialized.set(event, json);
  }
  return json;
}

function toEventBody(event: SessionEvent): z.input<typeof eventBody> {
  const { seq, sessionId } = event;
  const head = { seq, at: event.at.getTime(), sessionId };
  switch (event.type) {
    case 'SessionCreated':
      return { ...head, type: event.type, session: toSessionBody(event.session) };
    case 'SessionUpdated':
      return { ...head, type: event.type, session: toSessionBody(event.session), changed: event.changed };
    case 'SessionDeleted':
      return { ...head, type: event.type };
    case 'UserJoined':
    case 'UserLeft':
      return { ...head, type: event.type, user: toUserBody(event.user) };
    case 'ExecutionStarted':
    case 'ExecutionFinished':
      return { ...head, type: event.type, execution: toExecutionBody(event.execution) };
  }
}

function toExecutionBody(execution: Execution): z.input<typeof executionBody> {
  const { id, code, status, stdout, stderr, droppedBytes, exitCode, error, executionTime } = execution;
  return {
    id,
    language: LANGUAGE_NAMES[execution.language],
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
