import { z } from 'zod';
import type { User } from '../database/generated/client.ts';
import { Role } from '../database/generated/enums.ts';
import { futureDate, milliseconds, slugInput, storableText } from '../validation.ts';
import { COLORS } from './colors.ts';

const MAX_NAME_LENGTH = 100;
const MAX_EXTERNAL_ID_LENGTH = 200;

export const userName = storableText
  .refine((name) => [...name].length <= MAX_NAME_LENGTH, {
    error: `must be at most ${MAX_NAME_LENGTH} characters`,
  })
  .meta({ maxLength: MAX_NAME_LENGTH });

export const joinSessionInput = z.object({
  name: userName.nullish(),
  invite: z.string().nullish().describe('The invite to join with; needed where access is closed'),
});
export type JoinSessionInput = z.output<typeof joinSessionInput>;

export const externalId = storableText
  .refine((id) => id !== '' && [...id].length <= MAX_EXTERNAL_ID_LENGTH, {
    error: `must have 1 to ${MAX_EXTERNAL_ID_LENGTH} characters`,
  })
  .meta({ minLength: 1, maxLength: MAX_EXTERNAL_ID_LENGTH });

const future = futureDate.nullish().transform((date) => date ?? null);
const MAX_USES = 100;

export const inviteUses = z.int().min(1).max(MAX_USES);

export const createInviteInput = z.object({
  role: z.enum(Role),
  uses: inviteUses.nullish().transform((uses) => uses ?? 1),
  expiresAt: future,
  userId: z
    .string()
    .nullish()
    .transform((id) => id ?? null),
  tokenExpiresAt: future,
});

export const createParticipantInput = z.object({
  role: z.enum(Role),
  name: userName.nullish(),
  externalId: externalId.nullish(),
  tokenExpiresAt: future,
});
export type CreateParticipantInput = z.output<typeof createParticipantInput>;

/** The roles as REST names them. */
export const ROLE_SLUGS = { HOST: 'host', CANDIDATE: 'candidate', OBSERVER: 'observer' } as const;
export const roleSlug = z.enum(Object.values(ROLE_SLUGS));

/** A role in a request of REST, as the commands name it. */
export const roleInput = slugInput(Object.values(Role), (role) => ROLE_SLUGS[role]);

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
