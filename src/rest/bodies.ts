import { z } from 'zod';
import type { User } from '../database/generated/client.ts';
import type { SessionState } from '../events/model.ts';
import { LANGUAGE_NAMES } from '../languages.ts';
import { COLORS, MAX_NAME_LENGTH } from '../users/model.ts';

const STATUS_NAMES = { ACTIVE: 'active', COMPLETED: 'completed' } as const;

export const languageName = z.enum(['javascript', 'typescript', 'python']);
const statusName = z.enum(['active', 'completed']);

const LANGUAGES = { javascript: 'JAVASCRIPT', typescript: 'TYPESCRIPT', python: 'PYTHON' } as const;
const STATUSES = { active: 'ACTIVE', completed: 'COMPLETED' } as const;

/** A language in a request, as the services name it. */
export const language = languageName.transform((name) => LANGUAGES[name]);
/** A status in a request, as the services name it. */
export const status = statusName.transform((name) => STATUSES[name]);

export const milliseconds = z.int().describe('Unix time in milliseconds');

export const userBody = z
  .object({
    id: z.string().describe('Eight characters of 0-9a-z'),
    name: z.string().max(MAX_NAME_LENGTH),
    color: z.string().meta({ enum: [...COLORS] }),
    joinedAt: milliseconds,
  })
  .meta({ id: 'User' });

export const sessionBody = z
  .object({
    id: z.string().describe('Ten characters of 0-9a-z'),
    code: z.string(),
    language: languageName,
    users: z.array(userBody).describe('In order of joining'),
    createdAt: milliseconds,
    status: statusName,
  })
  .meta({ id: 'Session' });

export const usersBody = z.object({ users: z.array(userBody) }).meta({ id: 'Users' });

const errorFields = z.object({ error: z.string(), message: z.string(), statusCode: z.int() });

export const error = errorFields.extend({ detail: errorFields }).meta({ id: 'Error' });

/** A session as REST shows it. */
export function toSessionBody({ id, code, language, users, createdAt, status }: SessionState) {
  return {
    id,
    code,
    language: LANGUAGE_NAMES[language],
    users: users.map(toUserBody),
    createdAt: createdAt.getTime(),
    status: STATUS_NAMES[status],
  };
}

/** A user as REST shows it. */
export function toUserBody({ id, name, color, joinedAt }: User) {
  return { id, name, color, joinedAt: joinedAt.getTime() };
}
