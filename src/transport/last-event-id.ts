import { z } from 'zod';
import { parseInput } from '../validation.ts';

const lastEventId = z.string().regex(/^-?\d+$/, 'must be the id of a message: a whole number');

/**
 * Returns the number that a `Last-Event-ID` header names; null without one, because a client that has seen no
 * message sends none or an empty one. Throws InvalidInputError for any other text.
 */
export function parseLastEventId(header: string | null | undefined): number | null {
  if (!header) return null;
  return Number(parseInput(z.object({ after: lastEventId }), { after: header }).after);
}
