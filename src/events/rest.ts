import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { AppError } from '../errors.ts';
import { error } from '../rest/bodies.ts';
import { errorBody } from '../rest/errors.ts';
import { mapSource, type Source } from '../streams/source.ts';
import { eventMessage, replyWithEvents } from '../transport/event-stream.ts';
import { parseLastEventId } from '../transport/last-event-id.ts';
import type { SessionEvent } from './event.ts';
import { listEvents, MAX_PAGE } from './page.ts';
import { eventsBody, toEventJson } from './rest-bodies.ts';
import { followEvents } from './stream.ts';

const EVENT_STREAM = 'text/event-stream';

/** The route of a session's log. */
export const eventRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.get(
      '/sessions/:sessionId/events',
      {
        schema: {
          tags: ['Events'],
          summary: 'Read the log of a session, or follow it',
          description: `A page of at most ${MAX_PAGE} events, fewer where they are large; for the next, send the \`seq\` of the last as \`after\`. With \
\`Accept: ${EVENT_STREAM}\` it is a stream instead: every event after the position, then each as it happens, \
as a message whose \`id\` is the \`seq\`. The stream ends after \`SessionDeleted\`, and after a message \
\`event: error\` whose data is an Error: connect again, and it goes on after \`Last-Event-ID\`.`,
          operationId: 'listEvents',
          params: z.object({ sessionId: z.string() }),
          querystring: z.object({
            after: z.coerce.number().int().default(0).describe('The `seq` of the last event that you have'),
            ticket: z.string().optional().describe('For a stream: a ticket instead of a token'),
          }),
          headers: z.object({
            'last-event-id': z.string().optional().describe('As `after`, and wins over it'),
            'x-session-id': z.string().optional().describe('With `x-user-id`: whom the stream makes online'),
            'x-user-id': z.string().optional().describe('A user of that session'),
          }),
          response: {
            200: {
              content: {
                'application/json': { schema: eventsBody() },
                [EVENT_STREAM]: { schema: z.string() },
              },
            },
            400: error,
            404: error,
            429: error,
          },
        },
      },
      async (request, reply) => {
        const { sessionId } = request.params;
        const permit = await app.sessions.permit(request.caller, 'READ', sessionId);
        const after = parseLastEventId(request.headers['last-event-id']) ?? request.query.after;
        if (request.headers.accept?.includes(EVENT_STREAM)) {
          const events = await followEvents(app, permit, after);
          return replyWithEvents(app, request, reply, toMessages(app, events), {
            toMessage: eventMessage,
            toErrorMessage: (failure) => eventMessage(toErrorEvent(failure)),
          });
        }
        const events = await listEvents(app, permit, after);
        return reply.type('application/json').send(`{"events":[${events.map(toEventJson).join(',')}]}`);
      },
    );
  };

interface Message {
  readonly id?: number;
  readonly event?: string;
  readonly data: string;
}

function toMessages(app: AppContext, events: Source<SessionEvent>): Source<Message> {
  return mapSource(events, {
    toItem: (event): Message => ({ id: event.seq, data: toEventJson(event) }),
    onError: (failure) => {
      if (!(failure instanceof AppError)) app.log.error({ err: failure }, 'Unforeseen error in a stream');
      return toErrorEvent(failure instanceof AppError ? failure : UNFORESEEN);
    },
    onEnd: app.connections.countSubscription(),
  });
}

function toErrorEvent({ code, message }: AppError): Message {
  return { event: 'error', data: JSON.stringify(errorBody(code, message)) };
}

const UNFORESEEN = new AppError('INTERNAL_ERROR', 'Something went wrong on the server');
