import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { User } from '../database/generated/client.ts';
import { milliseconds, storableText } from '../validation.ts';

/** The colours of a session's users; no two users of a session hold the same. */
const COLORS = [
  '#22d3ee',
  '#a78bfa',
  '#f472b6',
  '#fbbf24',
  '#34d399',
  '#fb7185',
  '#60a5fa',
  '#c084fc',
  '#4ade80',
  '#f97316',
] as const;

export const MAX_USERS = COLORS.length;
const MAX_NAME_LENGTH = 100;

const userName = storableText
  .refine((name) => [...name].length <= MAX_NAME_LENGTH, {
    error: `must be at most ${MAX_NAME_LENGTH} characters`,
  })
  .meta({ maxLength: MAX_NAME_LENGTH });

export const joinSessionInput = z.object({ name: userName.nullish() });
export type JoinSessionInput = z.output<typeof joinSessionInput>;

/** A user as events store it. */
export const storedUser = z.object({
  sessionId: z.string(),
  id: z.string(),
  name: z.string(),
  color: z.string(),
  joinedAt: z.coerce.date(),
  joinedSeq: z.int(),
}) satisfies z.ZodType<User>;

/** A user as REST shows it. */
export const userBody = z
  .object({
    id: z.string().describe('Eight characters of 0-9a-z'),
    name: z.string().max(MAX_NAME_LENGTH),
    color: z.string().meta({ enum: [...COLORS] }),
    joinedAt: milliseconds,
  })
  .meta({ id: 'User' });

/** Returns the body of a user for REST. */
export function toUserBody({ id, name, color, joinedAt }: User): z.input<typeof userBody> {
  return { id, name, color, joinedAt: joinedAt.getTime() };
}

const ADJECTIVES = ['Bold', 'Brave', 'Bright', 'Calm', 'Clever', 'Keen', 'Quick', 'Sharp', 'Swift', 'Wise'];
const NOUNS = [
  'Builder',
  'Coder',
  'Debugger',
  'Falcon',
  'Hacker',
  'Otter',
  'Panda',
  'Tiger',
  'Thinker',
  'Wizard',
];

/** An adjective and a noun, as in `SwiftCoder`, that is not among `taken`. */
export function generateName(taken: readonly string[]): string {
  const free = ADJECTIVES.flatMap((adjective) => NOUNS.map((noun) => adjective + noun)).filter(
    (name) => !taken.includes(name),
  );
  const name = free[randomInt(free.length)];
  if (name === undefined) throw new RangeError('Every generated name is taken');
  return name;
}

/** The first colour that nobody in `taken` holds, or null when all are held. */
export function firstFreeColor(taken: readonly string[]): string | null {
  return COLORS.find((color) => !taken.includes(color)) ?? null;
}
