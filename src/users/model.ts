import { z } from 'zod';
import type { User } from '../database/generated/client.ts';
import { milliseconds, storableText } from '../validation.ts';
import { COLORS } from './colors.ts';

const MAX_NAME_LENGTH = 100;

const userName = storableText
  .refine((name) => [...name].length <= MAX_NAME_LENGTH, {
    error: `must be at most ${MAX_NAME_LENGTH} characters`,
  })
  .meta({ maxLength: MAX_NAME_LENGTH });

export const joinSessionInput = z.object({ name: userName.nullish() });
export type JoinSessionInput = z.output<typeof joinSessionInput>;

/** A user of the examples of the REST API. */
export const EXAMPLE_USER = { id: 'k3v9x0qa', name: 'Ada', color: COLORS[0], joinedAt: 1_767_225_600_000 };

/** A user as REST shows it. */
export const userBody = z
  .object({
    id: z.string().describe('Eight characters of 0-9a-z'),
    name: z.string().max(MAX_NAME_LENGTH),
    color: z.string().meta({ enum: [...COLORS] }),
    joinedAt: milliseconds,
  })
  .meta({ id: 'User', examples: [EXAMPLE_USER] });

/** Returns the body of a user for REST. */
export function toUserBody({ id, name, color, joinedAt }: User): z.input<typeof userBody> {
  return { id, name, color, joinedAt: joinedAt.getTime() };
}
