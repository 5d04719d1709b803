import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppContext } from '../app.ts';
import { textChangeBody } from '../events/rest-bodies.ts';
import { error } from '../rest/bodies.ts';
import { editInput } from './model.ts';
import { editSession } from './service.ts';

const EXAMPLE = { changes: [{ at: 0, delete: 0, insert: '// Ada\n' }] };

/** The route of edits. */
export const documentRoutes =
  (app: AppContext): FastifyPluginAsyncZod =>
  async (routes) => {
    routes.post(
      '/sessions/:sessionId/edits',
      {
        schema: {
          tags: ['Sessions'],
          summary: 'Edit the code of a session, merged with what others have done',
          description:
            'The positions mean the text after the event `base`: the `ETag` of a session, or the `seq` of an event. \
Sent again with the same `id`, the edit is made once.',
          operationId: 'editSession',
          params: z.object({ sessionId: z.string() }),
          body: editInput.meta({ examples: [{ ...EXAMPLE, id: 'edit-1', base: 1 }] }),
          response: {
            200: z
              .object({
                seq: z.int().describe('The number of its event'),
                changes: z.array(textChangeBody).describe('The edit as it was applied'),
              })
              .meta({ id: 'EditResult', examples: [{ ...EXAMPLE, seq: 2 }] }),
            400: error,
            404: error,
            409: error,
            413: error,
          },
        },
      },
      async ({ params, body, caller }) => {
        const { seq, changes } = await editSession({ app, caller }, params.sessionId, body);
        return { seq, changes: [...changes] };
      },
    );
  };
