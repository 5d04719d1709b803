import { z } from 'zod';
import { memoize } from '../memoize.ts';
import { milliseconds } from '../validation.ts';
import { SessionDeleted } from './deleted.ts';
import type { EventType, SessionEvent } from './event.ts';

const head = { seq: z.int().describe('From 1 without a gap'), at: milliseconds, sessionId: z.string() };

/** One place of an edit, for REST. */
export const textChangeBody = z
  .object({
    at: z.int().describe('Where, in UTF-16 units of the text before the edit'),
    delete: z.int().describe('How many UTF-16 units were deleted from there on'),
    insert: z.string().describe('What was inserted there'),
  })
  .meta({ id: 'TextChange' });

/** One edit of an event, for REST. */
export const codeEditBody = z
  .object({
    userId: z.string().nullable(),
    id: z.string().nullable().describe('The id that its client gave it'),
    changes: z.array(textChangeBody),
    update: z.string().describe('The same for a Yjs document, as Base64'),
  })
  .meta({ id: 'CodeEdit' });

interface EventBody {
  readonly schema: z.ZodObject<{ type: z.ZodLiteral<string> }>;
  toBody(data: unknown): object;
}

const bodies = new Map<string, EventBody>();

/** Registers how REST shows events of a kind: the fields beside those of every event, and how they are made. */
export function defineEventBody<Data, Fields extends z.ZodRawShape>(
  { name }: EventType<Data>,
  fields: Fields,
  toBody: (data: Data) => z.input<z.ZodObject<Fields>>,
): void {
  bodies.set(name, { schema: z.object({ ...head, type: z.literal(name), ...fields }), toBody });
}

defineEventBody(SessionDeleted, {}, () => ({}));

/** The schema of an answer that holds events. Call it when every slice has registered its events. */
export function eventsBody() {
  const [first, ...rest] = [...bodies.values()].map(({ schema }) => schema);
  if (!first) throw new Error('No event is registered');
  const event = z
    .discriminatedUnion('type', [first, ...rest])
    .describe('The objects in it are as they were after it')
    .meta({ id: 'SessionEvent' });
  const example = { seq: 9, at: 1_767_225_600_000, sessionId: '4f1zq8w2m0', type: SessionDeleted.name };
  return z
    .object({ events: z.array(event) })
    .meta({ id: 'SessionEvents', examples: [{ events: [example] }] });
}

/** Returns an event as JSON for REST: made once, however many get it. */
export const toEventJson = memoize(({ seq, at, sessionId, type, data }: SessionEvent): string => {
  const body = bodies.get(type)?.toBody(data);
  return JSON.stringify({ seq, at: at.getTime(), sessionId, type, ...body });
});
