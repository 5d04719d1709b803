import { z } from 'zod';

/** What the bare server answers on one route. */
export const answerSchema = z.object({
  method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
  route: z.string(),
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type Answer = z.output<typeof answerSchema>;
