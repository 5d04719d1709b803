import { z } from 'zod';

/** What the bare servers answer to one request. */
export const answerSchema = z.object({
  /** Its number is the first part of its path on the bare servers, because all of GraphQL has one path. */
  number: z.int(),
  method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
  route: z.string(),
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type Answer = z.output<typeof answerSchema>;

/** The answers that a bare server was started with. */
export function givenAnswers(): Answer[] {
  return z.array(answerSchema).parse(JSON.parse(process.argv[2] ?? '[]'));
}
